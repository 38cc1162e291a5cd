// Faults of the Postgres server: restarted, shut down at once, frozen, one of its processes killed.
import { setTimeout as sleep } from 'node:timers/promises'
import type { KeptServer } from '../../../local/kept-server.ts'
import { awaitUntil } from '../../system/await-until.ts'
import type { ChaosWorld } from '../chaos-world.ts'
import type { Fault } from '../fault.ts'
import { withClient } from '../with-client.ts'
import { freeze } from './freeze.ts'

const endLimitMs = 20_000
const answerLimitMs = 60_000

function pidOf(postgres: KeptServer): number {
  const [pid] = postgres.processIds()
  if (pid === undefined) throw new Error('postgres does not run')
  return pid
}

/** Started again, after it has ended. */
async function startAgain({ postgres, adminUrl }: ChaosWorld): Promise<void> {
  await postgres.start()
  await awaitUntil('postgres answers', () => isAnswering(adminUrl), answerLimitMs)
}

export function isAnswering(url: string): Promise<boolean> {
  return withClient(url, async (client) => (await client.query('select 1')).rowCount === 1)
}

const restarted: Fault = {
  kind: 'postgres.restarted',
  lane: 'postgres',
  make: async (world, random) => {
    const pid = pidOf(world.postgres)
    await world.postgres.stop()
    await sleep(random.between(0, 4_000))
    await startAgain(world)
    return `process ${pid} is ${pidOf(world.postgres)}`
  },
}

const shutDownAtOnce: Fault = {
  kind: 'postgres.shut-down-at-once',
  lane: 'postgres',
  make: async (world, random) => {
    const { postgres } = world
    const pid = pidOf(postgres)
    process.kill(pid, 'SIGQUIT')
    await awaitUntil('it has ended', () => postgres.processIds().length === 0, endLimitMs)
    await sleep(random.between(0, 3_000))
    await startAgain(world)
    return `process ${pid} is ${pidOf(postgres)}, which had to recover`
  },
}

const backendKilled: Fault = {
  kind: 'postgres.backend-killed',
  lane: 'postgres',
  make: async ({ adminUrl }, random) => {
    const seen = await awaitUntil('a backend is there to kill', async () => {
      const backends = await withClient(adminUrl, async (client) => {
        const { rows } = await client.query<{ readonly pid: number; readonly name: string }>(
          `select pid, application_name as name from pg_stat_activity
           where datname in ('sagas', 'orders', 'payments')`,
        )
        return rows
      })
      const { pid, name } = random.pick(backends)
      process.kill(pid, 'SIGKILL')
      return `the backend ${pid} of ${name}, so that all others ended too`
    })
    await awaitUntil('postgres has recovered', () => isAnswering(adminUrl), answerLimitMs)
    return seen
  },
}

const frozen: Fault = {
  kind: 'postgres.frozen',
  lane: 'postgres',
  make: async ({ postgres }, random) => {
    const ms = random.between(500, 4_000)
    pidOf(postgres)
    await freeze(postgres.processIds(), ms)
    return `every process of it for ${Math.round(ms)} ms`
  },
}

export const postgresFaults: readonly Fault[] = [restarted, shutDownAtOnce, backendKilled, frozen]
