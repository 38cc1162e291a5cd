// DBOS Transact as an engine, twice: asked over HTTP as every other engine, and in process. One
// process, since two cost more and gave less on two cores.
import { copyFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { LoadOrder } from '../../closed-loop.ts'
import { perSaga, readCounts } from '../../costs.ts'
import { type EngineOptions, partsOf, type RunningEngine } from '../../engines/engine.ts'
import { forkLoad, measure } from '../../measure.ts'
import type { EngineKind } from '../../measurement.ts'
import { fetchedPeer } from '../fetched-peer.ts'
import type { HttpLoadOrder } from '../http-load.ts'
import {
  countPeerDisagreements,
  createPeerDatabases,
  onDatabase,
  type PeerDatabases,
} from '../peer-databases.ts'
import { PeerProcess } from '../peer-process.ts'

const httpLoad = fileURLToPath(new URL('../http-load.ts', import.meta.url))
const closedLoop = fileURLToPath(new URL('../../closed-loop.ts', import.meta.url))

export const startDbos = (options: EngineOptions) => start(options, 'dbos')
export const startDbosInProcess = (options: EngineOptions) => start(options, 'dbos-in-process')

type Given = {
  readonly options: EngineOptions
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
}

async function start(options: EngineOptions, kind: EngineKind): Promise<RunningEngine> {
  const { parts, report } = options
  const folder = await fetchedPeer(
    {
      name: 'dbos',
      folder: import.meta.dirname,
      install: [['npm', 'install', '--no-audit', '--no-fund', '--loglevel=error']],
      needs: 'the npm package @dbos-inc/dbos-sdk',
    },
    report,
  )
  await copyFile(closedLoop, path.join(folder, 'closed-loop.ts'))
  const name = kind.replaceAll('-', '_')
  const databases = await createPeerDatabases(parts, name)
  const system = await parts.createDatabase(`${name}_system`)
  const urls = { ORDERS_URL: databases.orders, PAYMENTS_URL: databases.payments }
  const env = { ...urls, SYSTEM_URL: system, NODE_ENV: 'production' }
  const given = { options, folder, env }
  const running = kind === 'dbos' ? await overHttp(given) : inProcess(given)
  return {
    kind,
    measure: async (order) => {
      const all = { ...databases, system }
      const before = await readCounts(parts, all)
      const started = await countOrders(databases)
      const figures = await running.measure(order)
      const sagas = (await countOrders(databases)) - started
      const after = await readCounts(parts, all)
      return { engine: kind, ...figures, batches: {}, perSaga: perSaga(before, after, sagas) }
    },
    disagreements: () => countPeerDisagreements(databases),
    stop: running.stop,
  }
}

async function overHttp({ options, folder, env }: Given) {
  const app = await PeerProcess.start({
    name: 'app',
    command: process.execPath,
    args: ['app.mjs'],
    cwd: folder,
    env: { ...env, MODE: 'http' },
    readyLine: null,
  })
  const port = (await app.line('READY ', 60_000)).slice('READY '.length)
  let run = 0
  return {
    measure: (times: LoadOrder) => {
      run += 1
      const to = { url: `http://127.0.0.1:${port}`, path: '/saga', run: `r${run}` }
      const order: HttpLoadOrder = { ...times, ...to }
      const load = forkLoad(httpLoad, order, options)
      return measure(order, load, () => ({ ...processes(options), app: [app.pid] }))
    },
    stop: () => app.stop(),
  }
}

/** A process for each load, as the load is in it. */
function inProcess({ options, folder, env }: Given) {
  let run = 0
  return {
    measure: (times: LoadOrder) => {
      run += 1
      const order = { ...times, run: `r${run}` }
      const own = { ...process.env, ...env, MODE: 'in-process' }
      const load = forkLoad(path.join(folder, 'app.mjs'), order, { ...options, env: own })
      return measure(order, load, () => processes(options), 'app')
    },
    stop: async () => undefined,
  }
}

/** Kafka is there for the others. */
function processes({ parts }: EngineOptions) {
  return { postgres: partsOf(parts)['postgres'] ?? [] }
}

export async function countOrders({ orders }: PeerDatabases): Promise<number> {
  const text = 'select count(*)::int as orders from orders'
  const { rows } = await onDatabase(orders, (db) => db.query<{ orders: number }>(text))
  return rows[0]?.orders ?? 0
}
