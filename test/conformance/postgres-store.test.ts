// The contract of a store, held by the real one: Postgres behind proxies that can cut.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll } from 'vitest'
import { openDb } from '../../messaging/db.ts'
import { createTestDatabase, type TestDatabase } from '../participant/test-database.ts'
import { type CuttingProxy, createCuttingProxy } from './cutting-proxy.ts'
import { describeStore } from './store-suite.ts'
import type { StoreLimits, StoreWorld } from './store-world.ts'

let database: TestDatabase

beforeAll(async () => {
  const sets = ['messaging', 'orchestrator', 'participant', 'orders', 'payments']
  database = await createTestDatabase(sets)
})

afterAll(() => database.drop())

type Process = { readonly name: string; readonly proxy: CuttingProxy; stop(): Promise<void> }

async function openWorld(limits: StoreLimits): Promise<StoreWorld> {
  const processes = new Map<string, Process>()
  const processOf = (owner: string): Process => {
    const found = processes.get(owner)
    if (found === undefined) throw new Error(`no process ${owner}`)
    return found
  }
  return {
    connect: async (owner) => {
      const url = new URL(database.url)
      const proxy = await createCuttingProxy({ host: url.hostname, port: Number(url.port) })
      url.hostname = '127.0.0.1'
      url.port = String(proxy.port)
      const name = `${owner}-${randomUUID()}`
      const connectionsMax = limits.connectionsMax ?? 4
      const db = openDb({ ...limits, url: url.href, applicationName: name, connectionsMax })
      processes.set(owner, { name, proxy, stop: () => db.stop() })
      return db
    },
    isWaiting: async (owner) => {
      const { rowCount } = await database.db.query(
        `select 1 from pg_stat_activity where application_name = $1 and wait_event_type = 'Lock'`,
        [processOf(owner).name],
      )
      return rowCount > 0
    },
    kill: async (owner, sent) => {
      const { name, proxy } = processOf(owner)
      if (sent === 'kept') return proxy.dropClients()
      await database.db.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1',
        [name],
      )
    },
    cutCommit: (owner, what) => processOf(owner).proxy.cutCommit(what),
    stop: async () => {
      // A dead process may hold a connection for ever, so its pool is not waited for.
      for (const { proxy, stop } of processes.values()) {
        void stop().catch(() => undefined)
        await proxy.stop()
      }
    },
  }
}

describeStore('real Postgres', openWorld)
