// A copy of this checkout as somebody else would clone it: without node_modules, in a folder of
// its own whose name has a space, with a temporary folder of its own, for root or for another user.
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import path from 'node:path'
import { readLocalConfig } from '../../local/config.ts'

const root = path.join(import.meta.dirname, '..', '..')

export type User = { readonly uid: number; readonly gid: number; readonly name: string }

export type FreshClone = {
  /** Holds the checkout and everything else of the clone. */
  readonly top: string
  readonly folder: string
  /** Who runs commands in it; null for the one who runs the tests. */
  readonly user: User | null
  readonly environment: Readonly<Record<string, string | undefined>>
  /** What is left in the temporary folder. */
  readonly leftFiles: () => readonly string[]
  readonly remove: () => void
}

/** The user that programs run as which should have no rights; null where there is none. */
export function ordinaryUser(): User | null {
  const id = (flag: string) =>
    Number(spawnSync('id', [flag, 'nobody'], { encoding: 'utf8' }).stdout)
  const [uid, gid] = [id('-u'), id('-g')]
  return uid > 0 && gid > 0 ? { uid, gid, name: 'nobody' } : null
}

/** Settings that would make a test something else than a person's shell does. */
const foreign =
  /^(npm_|VITEST|TEST$|NODE_ENV$|NODE_OPTIONS$|NODE_COMPILE_CACHE$|(NO|FORCE)_COLOR$|TMPDIR$|INIT_CWD$)/
const givenParts = /^(KAFKA_BROKERS|DATABASE_URL|SAGALINE_\w+|XDG_CACHE_HOME)$/

export function makeFreshClone(user: User | null): FreshClone {
  const top = mkdtempSync(path.join(tmpdir(), 'sagaline-clone-'))
  const [folder, temporary] = [path.join(top, 'saga line'), path.join(top, 'tmp')]
  // Open like a real temporary folder: Postgres runs as another user than root.
  chmodSync(top, 0o755)
  mkdirSync(temporary)
  copyCheckout(folder)
  const home = user === null ? homedir() : makeHome(path.join(top, 'home'))
  if (user !== null) execFileSync('chown', ['-R', `${user.uid}:${user.gid}`, top])
  return {
    top,
    folder,
    user,
    environment: { ...shellEnvironment(), HOME: home, TMPDIR: temporary },
    leftFiles: () => readdirSync(temporary).filter((name) => !isOfJavaOrNode(name)),
    remove: () => rmSync(top, { recursive: true, force: true, maxRetries: 5 }),
  }
}

/** What every Java and every Node keeps in the temporary folder. */
function isOfJavaOrNode(name: string): boolean {
  return name.startsWith('hsperfdata_') || name === 'node-compile-cache'
}

/** What git knows and what it would take in: HEAD with the changes of the working tree. */
function copyCheckout(folder: string): void {
  const list = ['ls-files', '--cached', '--others', '--exclude-standard', '-z']
  const files = execFileSync('git', list, { cwd: root, encoding: 'utf8' }).split('\0')
  for (const file of new Set(files)) {
    const from = path.join(root, file)
    if (file !== '' && existsSync(from)) cpSync(from, path.join(folder, file))
  }
}

/** The downloads of npm and Kafka are shared as copies, so that only the first clone waits. */
function makeHome(home: string): string {
  const npmCache = execFileSync('npm', ['config', 'get', 'cache'], { encoding: 'utf8' }).trim()
  const kafkaCache = path.join(readLocalConfig().cacheHome, 'sagaline')
  copyFolder(path.join(npmCache, '_cacache'), path.join(home, '.npm', '_cacache'))
  copyFolder(kafkaCache, path.join(home, '.cache', 'sagaline'))
  const npmSettings = path.join(homedir(), '.npmrc')
  if (existsSync(npmSettings)) cpSync(npmSettings, path.join(home, '.npmrc'))
  return home
}

function copyFolder(from: string, to: string): void {
  mkdirSync(path.dirname(to), { recursive: true })
  if (existsSync(from)) execFileSync('cp', ['-R', from, to])
}

/** The Node of the machine, not the one in this checkout's node_modules. */
function shellEnvironment(): Record<string, string | undefined> {
  const kept = Object.entries(process.env).filter(
    ([name]) => !foreign.test(name) && !givenParts.test(name),
  )
  const folders = (process.env['PATH'] ?? '').split(path.delimiter)
  const usual = folders.filter((folder) => !folder.includes('node_modules'))
  return { ...Object.fromEntries(kept), PATH: usual.join(path.delimiter) }
}
