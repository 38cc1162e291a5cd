// How a file of code must look: its size, the size of its functions, its name, its first comment
// and what it exports. Each check answers problems, one line each.
import ts from 'typescript'
import { at, type CodeFile, walk } from './source-tree.ts'

export const fileLinesMax = 300
export const testFileLinesMax = 400
export const functionLinesMax = 60

export function checkFileSize({ path, text }: CodeFile): readonly string[] {
  const lines = text.trimEnd().split('\n').length
  const limit = path.endsWith('.test.ts') ? testFileLinesMax : fileLinesMax
  return lines > limit ? [`${path}: ${lines} lines; at most ${limit}`] : []
}

export function checkFunctionSizes(file: CodeFile): readonly string[] {
  return [...walk(file.ast)]
    .filter((node) => ts.isFunctionLike(node) && !isGroupOfTests(node))
    .flatMap((node) => {
      const from = file.ast.getLineAndCharacterOfPosition(node.getStart(file.ast)).line
      const lines = file.ast.getLineAndCharacterOfPosition(node.end).line - from + 1
      const problem = `a function of ${lines} lines; at most ${functionLinesMax}`
      return lines > functionLinesMax ? [at(file, node, problem)] : []
    })
}

/** `describe` and its like hold functions, and are none. */
function isGroupOfTests(node: ts.Node): boolean {
  const { parent } = node
  return ts.isCallExpression(parent) && /^(describe|suite)\b/.test(parent.expression.getText())
}

const kebab = /^[a-z0-9]+(-[a-z0-9]+)*$/
const vague = new Set([
  'utils',
  'util',
  'common',
  'helpers',
  'helper',
  'misc',
  'manager',
  'service',
])

export function checkName({ path }: CodeFile): readonly string[] {
  const parts = path.replace(/^\.ci\//, '').split('/')
  const name = parts.pop()?.replace(/(\.test|\.config)?\.(ts|tsx|js|mjs)$/, '') ?? ''
  const problems = [...parts, name]
    .filter((part) => !kebab.test(part))
    .map((part) => `${path}: '${part}' is not kebab-case`)
  const isVague = name === 'types' || vague.has(name.split('-').at(-1) ?? '')
  return isVague ? [...problems, `${path}: '${name}' does not say its job`] : problems
}

const commentWordsMin = 5
const commentLinesMax = 8

/** A sentence or a few about the file's job, before everything else. */
export function checkTopComment({ path, text }: CodeFile): readonly string[] {
  const body = text.replace(/^#!.*\n/, '')
  const block = /^\/\*\*?[\s\S]*?\*\//.exec(body)?.[0] ?? /^(\/\/[^\n]*\n)+/.exec(body)?.[0] ?? ''
  const words = block.replace(/[/*]/g, ' ').trim().split(/\s+/)
  const lines = block
    .trim()
    .split('\n')
    .filter((line) => /\w/.test(line)).length
  if (words.length < commentWordsMin) return [`${path}: does not open with a comment on its job`]
  if (!/[.:!?]$/.test(words.join(' '))) return [`${path}: its first comment is no sentence`]
  return lines > commentLinesMax ? [`${path}: its first comment has ${lines} lines`] : []
}

/** Doors list names one by one, and nothing else does. */
export function checkExports(file: CodeFile): readonly string[] {
  const isDoor = file.path.endsWith('/index.ts')
  return file.ast.statements.flatMap((node) => {
    if (ts.isExportAssignment(node) || hasModifier(node, ts.SyntaxKind.DefaultKeyword)) {
      return mayExportDefault(file.path) ? [] : [at(file, node, 'a default export')]
    }
    if (ts.isExportDeclaration(node) && node.moduleSpecifier) {
      if (!node.exportClause) return [at(file, node, 'export * hides what is exported')]
      return isDoor ? [] : [at(file, node, 'only doors pass exports on')]
    }
    return isDoor ? [at(file, node, 'a door only names exports')] : []
  })
}

/** Files that a program loads by their path, and takes the default export of. */
function mayExportDefault(path: string): boolean {
  return path.endsWith('.config.ts') || path === 'test/plain-summary.ts'
}

function hasModifier(node: ts.Statement, kind: ts.SyntaxKind): boolean {
  return (
    ts.canHaveModifiers(node) &&
    (ts.getModifiers(node)?.some((modifier) => modifier.kind === kind) ?? false)
  )
}

export const doors = [
  'orchestrator/client/index.ts',
  'orchestrator/index.ts',
  'participant/index.ts',
  'testing/index.ts',
]

export function checkDoorPlace({ path }: CodeFile): readonly string[] {
  const isIndex = /(^|\/)index\.\w+$/.test(path)
  return isIndex && !doors.includes(path) ? [`${path}: only the doors are called index`] : []
}

/** Inheritance is for errors. */
export function checkInheritance(file: CodeFile): readonly string[] {
  return [...walk(file.ast)].filter(ts.isClassDeclaration).flatMap((node) => {
    const base = node.heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)
    const name = base?.types[0]?.expression.getText() ?? ''
    return base && !name.endsWith('Error') ? [at(file, node, `a class that extends ${name}`)] : []
  })
}
