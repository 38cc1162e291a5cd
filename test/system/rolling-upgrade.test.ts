// A deployment under load: two orchestrators and both services are replaced one by one, each new one
// started before its predecessor is told to end, by a build that has a second version of the saga.
// `npm run upgrade` does it under more load, the services several times over.
import { afterEach, expect, it, onTestFailed } from 'vitest'
import type { SystemProcess } from '../../services/system/system-process.ts'
import { auditOrders, describeBreaches } from './audit.ts'
import { auditEvents } from './audit-events.ts'
import { auditLifecycle } from './audit-lifecycle.ts'
import { awaitUntil } from './await-until.ts'
import { OrderWorld } from './order-world.ts'
import { loadWhile } from './rolling-load.ts'
import { SagaClient } from './saga-client.ts'
import { versions } from './upgraded-sagas.ts'

/** So often the services are replaced; the orchestrators once, since they have two versions. */
const rounds = Number(process.env['UPGRADE_ROUNDS'] ?? '1')
/** More of everything when it is called by its name. */
const [inFlight, around, paymentServices] = rounds > 1 ? [64, 300, 2] : [8, 60, 1]
/** A step's timeout is 10 minutes: an order that lost a message would not end within this. */
const limitMs = 30_000

let world: OrderWorld | null = null
afterEach(async () => {
  await world?.stop()
  world = null
})

type Role = 'orchestrator' | 'orders' | 'payments'

/** Starts the next build of each and tells its predecessor to end once it is ready, as Kubernetes does. */
async function replaceAll(
  on: OrderWorld,
  role: Role,
  running: readonly SystemProcess[],
): Promise<readonly SystemProcess[]> {
  const path = role === 'orchestrator' ? 'orchestrator/main.ts' : `services/${role}/main.ts`
  const own = {
    DATABASE_URL: on.databases[role === 'orchestrator' ? 'sagas' : role],
    ...(role === 'orchestrator' && {
      PORT: '0',
      SAGALINE_DEFINITIONS: 'test/system/upgraded-sagas.ts',
    }),
  }
  const replaced: SystemProcess[] = []
  for (const old of running) {
    const next = on.addProcess(`new-${old.name}`, { path, args: [] }, own)
    await next.start()
    if (role === 'orchestrator') {
      const { url } = next
      const isReady = async () => (await new SagaClient(() => url).ready()).status === 200
      await awaitUntil(`${next.name} is ready`, isReady)
      on.targets = [...on.targets.filter((target) => target !== old), next]
    }
    await old.stop()
    replaced.push(next)
  }
  return replaced
}

type Started = { readonly version: number; readonly count: number; readonly living: number }

async function startedVersions(on: OrderWorld): Promise<readonly Started[]> {
  const { rows } = await on.dbs.sagas.query<Started>(
    `select version, count(*)::int as count, count(*) filter (where ended_at is null)::int as living
     from sagas group by version order by version`,
  )
  return rows
}

it('loses nothing, strands nothing and refuses no version while everything is replaced', async () => {
  const on = await OrderWorld.start({ orchestrators: 2, paymentServices })
  world = on
  onTestFailed(() => console.log(on.lines.join('\n')))
  const { system } = on
  let [payments, orders] = [system.payments, [system.orders] as readonly SystemProcess[]]
  let whileMixed: readonly Started[] = []
  const load = await loadWhile({
    ...{ world: on, inFlight, around, limitMs },
    roll: async () => {
      for (let round = 0; round < rounds; round += 1) {
        payments = await replaceAll(on, 'payments', payments)
        orders = await replaceAll(on, 'orders', orders)
      }
      const [first, second] = system.orchestrators.map((one) => [one])
      await replaceAll(on, 'orchestrator', first ?? [])
      whileMixed = await startedVersions(on)
      await replaceAll(on, 'orchestrator', second ?? [])
      await awaitUntil('the second version is started', async () => {
        const [, next] = await startedVersions(on)
        return (next?.count ?? 0) >= around
      })
    },
  })
  const started = await startedVersions(on)
  const told = JSON.stringify({ started, later: [...load.later] })
  console.log(`[upgrade] no order ended for ${load.longestPauseMs} ms at the most; ${told}`)
  // As long as one instance lacks the second version nobody starts it; then everybody does.
  expect(whileMixed).toMatchObject([{ version: 1 }])
  expect(started).toMatchObject([
    { version: 1, living: 0 },
    { version: 2, living: 0 },
  ])
  expect([...load.later.keys()].filter((code) => code.startsWith('DEFINITION'))).toEqual([])
  expect(describeBreaches(await auditOrders(on.databases, load.starts, versions))).toEqual([])
  expect(await auditEvents(on.kafka, on.dbs)).toEqual([])
  expect(await auditLifecycle(on.kafka, on.dbs.sagas, versions)).toEqual([])
  const { rows } = await on.dbs.sagas.query(
    `select (select count(*) from held_events)::int as events,
         (select count(*) from held_starts)::int as starts`,
  )
  expect(rows).toEqual([{ events: 0, starts: 0 }])
}, 300_000)
