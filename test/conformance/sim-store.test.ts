// The contract of a store, held by the simulated one. Each step takes a turn of the loop, so that
// whoever else can go on does.
import { setImmediate } from 'node:timers/promises'
import { realClock } from '../../messaging/clock.ts'
import { lostConnection } from '../simulate/store/sim-errors.ts'
import type { SimStep } from '../simulate/store/sim-seam.ts'
import { createSimServer } from '../simulate/store/sim-server.ts'
import { conformanceStatements } from './store-rows.ts'
import { describeStore } from './store-suite.ts'
import type { StoreLimits, StoreWorld } from './store-world.ts'

const databaseName = 'store'

async function openWorld(limits: StoreLimits): Promise<StoreWorld> {
  const cuts = new Map<string, SimStep['kind']>()
  const server = createSimServer({
    ...limits,
    clock: realClock,
    statements: conformanceStatements,
    step: async ({ owner, kind }) => {
      await setImmediate()
      if (owner === null || cuts.get(owner) !== kind) return
      cuts.delete(owner)
      throw lostConnection()
    },
  })
  return {
    connect: async (owner) => server.connect(databaseName, owner),
    isWaiting: async (owner) =>
      [...server.database(databaseName).waiting].some((tx) => tx.owner() === owner),
    kill: async (owner, sent) => server.kill(owner, { sent }),
    cutCommit: (owner, what) => {
      cuts.set(owner, what)
    },
    stop: async () => undefined,
  }
}

describeStore('the simulated store', openWorld)
