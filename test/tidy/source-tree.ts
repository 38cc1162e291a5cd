// The files that the tidy tests look at: everything in the checkout but what is fetched or built.
// Read once for each test file.
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

export const root = fileURLToPath(new URL('../..', import.meta.url))

export type SourceFile = {
  /** From the root, with slashes: `messaging/bus.ts`. */
  readonly path: string
  readonly text: string
}

export type CodeFile = SourceFile & { readonly ast: ts.SourceFile }

/** Fetched, built, or made by an editor. */
const foreign = new Set(['node_modules', 'dist', 'coverage', '.chaos', '.git', '.idea', '.vscode'])

/** Every path, sorted. */
export function listFiles(folder = ''): readonly string[] {
  const entries = readdirSync(path.join(root, folder), { withFileTypes: true })
  const paths = entries
    .filter(({ name }) => !foreign.has(name) && !name.startsWith('dist-'))
    .flatMap((entry) => {
      const below = path.posix.join(folder, entry.name)
      if (entry.isDirectory()) return listFiles(below)
      return entry.isFile() ? [below] : []
    })
  return paths.sort()
}

export function readSource(relative: string): SourceFile {
  return { path: relative, text: readFileSync(path.join(root, relative), 'utf8') }
}

function kindOf(file: string): ts.ScriptKind {
  if (file.endsWith('js')) return ts.ScriptKind.JS
  return file.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS
}

/** Also how the self-tests make their bad samples. */
export function toCode(relative: string, text: string): CodeFile {
  const kind = kindOf(relative)
  const ast = ts.createSourceFile(relative, text, ts.ScriptTarget.ES2023, true, kind)
  return { path: relative, text, ast }
}

const code = /\.(ts|tsx|js|mjs)$/

export const codeFiles: readonly CodeFile[] = listFiles()
  .filter((file) => code.test(file))
  .map((file) => toCode(file, readSource(file).text))

/** The folder at the top that the file is in, or '' for a file at the top. */
export function roomOf(file: string): string {
  return file.includes('/') ? (file.split('/')[0] ?? '') : ''
}

export function inRooms(...rooms: readonly string[]): readonly CodeFile[] {
  return codeFiles.filter((file) => rooms.includes(roomOf(file.path)))
}

/** What runs in production; the rest starts it, measures it or tests it. */
export const productRooms = [
  'messaging',
  'participant',
  'orchestrator',
  'services',
  'testing',
  'dashboard',
]

/** Every node below, in the order of the text. */
export function* walk(node: ts.Node): Generator<ts.Node> {
  for (const child of node.getChildren()) {
    if (ts.isJSDoc(child)) continue
    yield child
    yield* walk(child)
  }
}

/** `file:line: problem`, as editors open it. */
export function at(file: CodeFile, node: ts.Node, problem: string): string {
  const { line } = file.ast.getLineAndCharacterOfPosition(node.getStart(file.ast))
  return `${file.path}:${line + 1}: ${problem}`
}
