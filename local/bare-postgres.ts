/**
 * Real Postgres as a plain process on loopback, from the binaries in npm. Durability is left as
 * strict as Postgres ships it. Called by local-postgres.ts where neither a given Postgres nor a
 * container is used.
 */
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { LocalConfig } from './config.ts'
import { freePorts } from './free-ports.ts'
import { KeeperLink } from './keeper-link.ts'
import { explained, isPortTaken, KeptServer } from './kept-server.ts'
import { postgresFlags } from './postgres-flags.ts'
import {
  checkReachable,
  type PostgresProgram,
  postgresOwner,
  postgresProgram,
  reachableProgram,
} from './postgres-program.ts'
import { type Report, seconds } from './report.ts'

const initLimitMs = 120_000
const startLimitMs = 60_000
const stopLimitMs = 10_000
const portTriesMax = 3

export const adminUser = 'postgres'

/** @throws LocalPartsError LOCAL_POSTGRES_UNAVAILABLE, LOCAL_START_FAILED */
export async function startBarePostgres(config: LocalConfig, report: Report): Promise<KeptServer> {
  const startedAt = performance.now()
  const program = await postgresProgram()
  await checkReachable(tmpdir(), postgresOwner(config))
  for (let tried = 1; ; tried += 1) {
    const [port = 0] = await freePorts(1)
    const server = await initialised({ program, config, port, report })
    try {
      await server.start()
      const user = postgresOwner(config) ? ' as another user than root' : ''
      report(`postgres: from npm at 127.0.0.1:${port}${user} in ${seconds(startedAt)}`)
      return server
    } catch (error) {
      await server.remove()
      // Somebody took the port between our finding it free and the server's use of it.
      if (!isPortTaken(error) || tried === portTriesMax) throw error
    }
  }
}

type InitOptions = {
  readonly program: PostgresProgram
  readonly config: LocalConfig
  readonly port: number
  readonly report: Report
}

async function initialised({ program, config, port, report }: InitOptions): Promise<KeptServer> {
  const owner = postgresOwner(config)
  const keeper = await KeeperLink.open({
    homePrefix: path.join(tmpdir(), 'sagaline-postgres-'),
    owner,
  })
  const data = path.join(keeper.home, 'data')
  try {
    const { initdb, postgres } = await reachableProgram(program, owner, keeper.home)
    const command = { command: initdb, args: initArgs(data), owner }
    await keeper.order({ type: 'run', command, limitMs: initLimitMs })
    return new KeptServer({
      name: 'postgres',
      port,
      keeper,
      command: { command: postgres, args: serverArgs(data, port), owner },
      readyText: 'database system is ready to accept connections',
      startLimitMs,
      // A fast shutdown: it ends the sessions instead of waiting for them.
      orderlyEnd: { signal: 'SIGINT', limitMs: stopLimitMs },
      report,
    })
  } catch (error) {
    await keeper.close()
    throw explained('postgres', error)
  }
}

function initArgs(data: string): readonly string[] {
  return [
    ...['-D', data, '-U', adminUser, '-E', 'UTF8', '--auth=trust'],
    // Unicode rules that are built in, so that every system sorts and folds alike.
    ...['--no-locale', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
    // Only the creation goes unsynced; the running server syncs every commit.
    ...['--no-sync', '--no-instructions'],
  ]
}

function serverArgs(data: string, port: number): readonly string[] {
  const place = ['-D', data, '-p', `${port}`, '-c', 'listen_addresses=127.0.0.1']
  return [
    ...place,
    ...['-c', 'unix_socket_directories='],
    // In the data folder, not in memory that would outlive a killed server.
    ...['-c', 'dynamic_shared_memory_type=mmap'],
    ...postgresFlags,
  ]
}
