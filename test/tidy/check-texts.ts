// What must hold of texts and of the folders around the code: links lead somewhere, commands
// exist, nothing names a machine, migrations are numbered, the lock file is complete.
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import ts from 'typescript'
import { at, type CodeFile, root, type SourceFile, walk } from './source-tree.ts'

/** Relative links that lead nowhere. */
export function checkLinks({ path: file, text }: SourceFile): readonly string[] {
  const targets = [...text.matchAll(/\]\(([^)#\s]+)(#[^)\s]*)?\)/g)].map(
    ([, target]) => target ?? '',
  )
  return targets
    .filter((target) => !/^\w+:/.test(target))
    .filter((target) => !existsSync(path.join(root, path.dirname(file), target)))
    .map((target) => `${file}: ${target} is not there`)
}

/** `npm run x` and files that are run by node, where there is none. */
export function checkCommands(
  { path: file, text }: SourceFile,
  scripts: readonly string[],
): readonly string[] {
  const asked = [...text.matchAll(/\bnpm run ([a-z][\w:-]*)/g)].map(([, name]) => name ?? '')
  const programs = [...text.matchAll(/\bnode ([\w./-]+\/[\w./-]+\.(?:ts|mjs|js))\b/g)]
  return [
    ...asked
      .filter((name) => !scripts.includes(name))
      .map((name) => `${file}: no npm script ${name}`),
    ...programs
      .map(([, program]) => program ?? '')
      .filter((program) => !existsSync(path.join(root, program)))
      .map((program) => `${file}: no program ${program}`),
  ]
}

/** Put together from parts, so that this file does not name a machine either. */
const machinePath = new RegExp(
  ['/(home|Users)', '/[a-z]', '|/ro', 'ot/|/wo', 'rk/|[A-Z]:', '\\\\'].join(''),
)

export function checkMachinePaths({ path: file, text }: SourceFile): readonly string[] {
  return text.split('\n').flatMap((line, index) => {
    const found = machinePath.exec(line.replace(/https?:\/\/\S+/g, ''))
    return found ? [`${file}:${index + 1}: names a machine's folder: ${found[0]}`] : []
  })
}

/** `new URL(name, base).pathname` of a file: wrong where the path has a space, or on Windows. */
export function checkUrlPaths(file: CodeFile): readonly string[] {
  return [...walk(file.ast)].flatMap((node) => {
    if (!ts.isPropertyAccessExpression(node) || node.name.text !== 'pathname') return []
    const { expression: made } = node
    if (!ts.isNewExpression(made) || made.expression.getText() !== 'URL') return []
    const names = made.arguments ?? []
    const isOfFile = names.length > 1 || names[0]?.getText() === 'import.meta.url'
    return isOfFile ? [at(file, node, 'a path without fileURLToPath')] : []
  })
}

const unfinished = new Set(['only', 'skip', 'todo', 'fails'])

/** Tests that keep others from running, or do not run themselves. */
export function checkTestsRun(file: CodeFile): readonly string[] {
  return [...walk(file.ast)].flatMap((node) => {
    if (!ts.isPropertyAccessExpression(node) || !unfinished.has(node.name.text)) return []
    const isTest = /^(it|test|describe|suite)\b/.test(node.expression.getText())
    return isTest ? [at(file, node, `${node.getText()} in a test`)] : []
  })
}

const migrationName = /^migrations\/[a-z]+\/(\d{4})_[a-z0-9]+(_[a-z0-9]+)*\.sql$/

/** Numbered from 0001 in each folder, without a gap and without a double. */
export function checkMigrations(files: readonly string[]): readonly string[] {
  const next = new Map<string, number>()
  return [...files].sort().flatMap((file) => {
    const number = migrationName.exec(file)?.[1]
    if (number === undefined) return [`${file}: is not called NNNN_what_it_does.sql`]
    const folder = path.posix.dirname(file)
    const expected = (next.get(folder) ?? 0) + 1
    next.set(folder, expected)
    return Number(number) === expected ? [] : [`${file}: number ${expected} is expected`]
  })
}

type LockedPackage = { readonly optionalDependencies?: Readonly<Record<string, string>> }

/** Packages that the lock file asks for and does not hold: `npm ci` refuses such a file. */
export function checkLock(lock: {
  readonly packages: Readonly<Record<string, LockedPackage>>
}): readonly string[] {
  return Object.entries(lock.packages).flatMap(([place, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !isLocked(lock.packages, place, name))
      .map((name) => `${place} may bring ${name}, which is not in the lock file`),
  )
}

/** In the folder of the package, or in one above it, as Node looks for it. */
function isLocked(
  packages: Readonly<Record<string, LockedPackage>>,
  place: string,
  name: string,
): boolean {
  if (packages[`${place}${place === '' ? '' : '/'}node_modules/${name}`]) return true
  if (place === '') return false
  const above = place.slice(0, Math.max(0, place.lastIndexOf('node_modules/') - 1))
  return isLocked(packages, above, name)
}

/** Proofs that a page names, `→ test/… (name of the test)`, where there is no such test. */
export function checkProofs({ path: file, text }: SourceFile): readonly string[] {
  const flat = text.replace(/\s+/g, ' ')
  return [...flat.matchAll(/→ `(test\/[^`]+)`(?: \(([^)]+)\))?/g)].flatMap(([, test, name]) => {
    const proof = path.join(root, test ?? '')
    if (!existsSync(proof)) return [`${file}: ${test} is not there`]
    const isThere = name === undefined || readFileSync(proof, 'utf8').includes(name)
    return isThere ? [] : [`${file}: ${test} has no test '${name}'`]
  })
}
