// Applies the import law: rooms see only the rooms they may see, each library is used in its home,
// and no files import each other in a circle.
import path from 'node:path'
import ts from 'typescript'
import { bundled, homes, type Rule, rules } from './import-law.ts'
import { at, type CodeFile, productRooms, roomOf, walk } from './source-tree.ts'

export type Import = {
  readonly node: ts.Node
  /** As written. */
  readonly specifier: string
  readonly isTypeOnly: boolean
}

export function importsOf(file: CodeFile): readonly Import[] {
  const found: Import[] = []
  for (const node of walk(file.ast)) {
    if (ts.isImportDeclaration(node)) {
      found.push({ node, specifier: textOf(node.moduleSpecifier), isTypeOnly: isTypeImport(node) })
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier) {
      const isTypeOnly = node.isTypeOnly || areTypes(node.exportClause)
      found.push({ node, specifier: textOf(node.moduleSpecifier), isTypeOnly })
    } else if (isCallOfImport(node) && node.arguments[0]) {
      found.push({ node, specifier: textOf(node.arguments[0]), isTypeOnly: false })
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      found.push({ node, specifier: textOf(node.argument.literal), isTypeOnly: true })
    }
  }
  return found.filter(({ specifier }) => specifier !== '')
}

/** What is not known before it runs (a path from the configuration) has no text. */
function textOf(node: ts.Node): string {
  return ts.isStringLiteralLike(node) ? node.text : ''
}

function isTypeImport({ importClause: clause }: ts.ImportDeclaration): boolean {
  if (clause === undefined) return false
  return (
    clause.phaseModifier === ts.SyntaxKind.TypeKeyword ||
    (!clause.name && areTypes(clause.namedBindings))
  )
}

function areTypes(names: ts.NamedImportBindings | ts.NamedExportBindings | undefined): boolean {
  if (!names || !(ts.isNamedImports(names) || ts.isNamedExports(names))) return false
  const elements: readonly (ts.ImportSpecifier | ts.ExportSpecifier)[] = [...names.elements]
  return elements.length > 0 && elements.every(({ isTypeOnly }) => isTypeOnly)
}

/** `import('x')` and `require('x')`. */
function isCallOfImport(node: ts.Node): node is ts.CallExpression {
  if (!ts.isCallExpression(node)) return false
  const { expression } = node
  const isImport = expression.kind === ts.SyntaxKind.ImportKeyword
  return isImport || (ts.isIdentifier(expression) && expression.text === 'require')
}

export function checkRooms(file: CodeFile): readonly string[] {
  const rule = ruleFor(file.path)
  return importsOf(file).flatMap(({ node, specifier, isTypeOnly }) => {
    if (!specifier.startsWith('.')) return []
    const target = path.posix.join(path.posix.dirname(file.path), specifier)
    if (rule?.may.test(target) || (isTypeOnly && rule?.mayTypes?.test(target))) return []
    const kind = isTypeOnly ? 'type ' : ''
    return [at(file, node, `may not import ${kind}${target}`)]
  })
}

/** `$1` in `may` stands for what the first group of `from` found. */
function ruleFor(file: string): Rule | null {
  for (const rule of rules) {
    const found = rule.from.exec(file)
    if (!found) continue
    return { ...rule, may: new RegExp(rule.may.source.replaceAll('($1', `(${found[1]}`)) }
  }
  return null
}

export function checkLibraries(file: CodeFile): readonly string[] {
  if (!productRooms.includes(roomOf(file.path))) return []
  return importsOf(file).flatMap(({ node, specifier }) => {
    if (specifier.startsWith('.') || specifier.startsWith('node:')) return []
    const [scope = '', name = ''] = specifier.split('/')
    const library = scope.startsWith('@') ? `${scope}/${name}` : scope
    const home = homes[library] ?? bundled[library]
    if (!home) return [at(file, node, `${library} has no home in the import law`)]
    return home.test(file.path) ? [] : [at(file, node, `${library} is used outside its home`)]
  })
}

/** Circles among files by what they run; types may refer to each other. */
export function findCircles(files: readonly CodeFile[]): readonly string[] {
  const graph = new Map(files.map((file) => [file.path, targetsOf(file)]))
  const done = new Set<string>()
  const circles: string[] = []
  const visit = (file: string, trail: readonly string[]): void => {
    const start = trail.indexOf(file)
    if (start >= 0) circles.push([...trail.slice(start), file].join(' -> '))
    if (start >= 0 || done.has(file)) return
    for (const target of graph.get(file) ?? []) visit(target, [...trail, file])
    done.add(file)
  }
  for (const file of graph.keys()) visit(file, [])
  return circles
}

function targetsOf(file: CodeFile): readonly string[] {
  return importsOf(file)
    .filter(({ specifier, isTypeOnly }) => specifier.startsWith('.') && !isTypeOnly)
    .map(({ specifier }) => path.posix.join(path.posix.dirname(file.path), specifier))
}
