// The npm package as a user gets it: packed by `npm pack` alone, which builds, in a copy of the checkout, so that the
// checkout stays as it is, and installed in an empty project.
import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { readTutorial } from './tutorial.ts'

export const checkout = fileURLToPath(new URL('../..', import.meta.url))

/** What the build and the package need; the rest must not matter to them. */
const copied = [
  ...['messaging', 'participant', 'orchestrator', 'testing', 'migrations', 'dashboard'],
  ...['local', 'package-lock.json'],
  ...['package.json', 'tsconfig.json', 'tsconfig.build.json'],
  ...['README.md', 'CHANGELOG.md', 'LICENSE'],
]

export type PackedPackage = {
  readonly tarball: string
  /** Paths in the tarball. */
  readonly files: readonly string[]
  /** The copy that was packed. */
  readonly source: string
  /** An empty project with the package installed. */
  readonly project: string
  readonly installMs: number
  remove(): void
}

export async function packPackage(): Promise<PackedPackage> {
  const folder = mkdtempSync(path.join(tmpdir(), 'sagaline-package-'))
  const source = path.join(folder, 'source')
  for (const name of copied) {
    cpSync(path.join(checkout, name), path.join(source, name), {
      recursive: true,
      // What other tests build meanwhile comes and goes.
      filter: (from) => !path.basename(from).startsWith('dist-'),
    })
  }
  symlinkSync(path.join(checkout, 'node_modules'), path.join(source, 'node_modules'))
  const packed = await npm(
    source,
    'pack',
    '--json',
    '--foreground-scripts=false',
    '--pack-destination',
    folder,
  )
  const [{ filename, files }] = JSON.parse(packed)
  const tarball = path.join(folder, filename)
  const installMs = await install(folder, tarball)
  const project = path.join(folder, 'book-stay')
  return {
    tarball,
    files: files.map((file: { readonly path: string }) => file.path),
    source,
    project,
    installMs,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** As the first commands of the tutorial say, but with this tarball, and the pinned libraries. */
async function install(folder: string, tarball: string): Promise<number> {
  const [first] = readTutorial('docs/first-saga.md')
  const { packages } = JSON.parse(readFileSync(path.join(checkout, 'package-lock.json'), 'utf8'))
  const pinned = (name: string) => `${name}@${packages[`node_modules/${name}`].version}`
  const asked = 'sagaline xstate typebox'
  const given = `--prefer-offline --no-audit --no-fund ${tarball} ${pinned('xstate')} ${pinned('typebox')}`
  const text = first?.kind === 'commands' ? first.text : ''
  if (!text.includes(asked)) throw new Error(`the tutorial does not install ${asked}`)
  const startedAt = performance.now()
  await run(folder, 'bash', '-ec', text.replace(asked, given))
  return performance.now() - startedAt
}

function npm(cwd: string, ...args: readonly string[]): Promise<string> {
  return run(cwd, 'npm', ...args)
}

/** Answers what the program printed; when it fails, its error tells that as well. */
async function run(cwd: string, program: string, ...args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(program, [...args], { cwd })
    return stdout
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(`${program} ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error })
  }
}
