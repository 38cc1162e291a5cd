// The npm package as a user gets it: packed by `npm pack` alone, which builds, in a copy of the checkout, so that the
// checkout stays as it is, and installed in an empty project.
import { execFile } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

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
    cpSync(path.join(checkout, name), path.join(source, name), { recursive: true })
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
  const project = path.join(folder, 'project')
  const installMs = await install(project, tarball)
  return {
    tarball,
    files: files.map((file: { readonly path: string }) => file.path),
    source,
    project,
    installMs,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** With typebox, which a project of one's own writes its contracts with. */
async function install(project: string, tarball: string): Promise<number> {
  mkdirSync(project)
  const own = { name: 'project', private: true, type: 'module' }
  writeFileSync(path.join(project, 'package.json'), JSON.stringify(own))
  const { dependencies } = JSON.parse(readFileSync(path.join(checkout, 'package.json'), 'utf8'))
  const startedAt = performance.now()
  const libraries = [tarball, `typebox@${dependencies.typebox}`]
  await npm(project, 'install', '--prefer-offline', '--no-audit', '--no-fund', ...libraries)
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
