// Two thousand orders at once, in peace and while processes are killed: afterwards the audit of
// the three databases finds nothing, the view of customers' orders says what they say, and nobody has waited for more than the rebalance.
import { afterEach, expect, it, onTestFailed } from 'vitest'
import { workerBrokers } from '../worker-kafka.ts'
import { auditOrders, describeBreaches } from './audit.ts'
import { auditEvents } from './audit-events.ts'
import { auditLifecycle } from './audit-lifecycle.ts'
import { auditMeanwhile } from './audit-meanwhile.ts'
import { expectShown } from './expect-shown.ts'
import { OrderWorld, type OrderWorldOptions } from './order-world.ts'
import { placeOrders } from './place-orders.ts'

const count = 2_000
const inFlight = 256
const declineEvery = 10

/**
 * No order may take longer. A step's timeout is 10 minutes, so a lost message shows; a rebalance
 * after a kill takes 6 s and a resend none at all; the rest is margin for a busy machine.
 */
const limitMs = 90_000
const testLimitMs = 400_000

let world: OrderWorld | null = null

afterEach(async () => {
  await world?.stop()
  world = null
})

async function startWorld(options: OrderWorldOptions): Promise<OrderWorld> {
  const started = await OrderWorld.start(options)
  world = started
  onTestFailed(() => console.log(started.lines.join('\n')))
  return started
}

/** Places the orders and does something once, when half of them have ended. */
async function placeAll(on: OrderWorld, halfWay: () => Promise<void> = async () => undefined) {
  let disturbed: Promise<void> | null = null
  const startedAt = performance.now()
  const starts = await placeOrders({
    client: on.client,
    count,
    inFlight,
    declineEvery,
    prefix: 'load',
    limitMs,
    onEnded: (ended) => {
      if (ended === count / 2) disturbed = halfWay()
    },
  })
  await disturbed
  console.log(`[load] ${count} orders in ${Math.round(performance.now() - startedAt)} ms`)
  await on.awaitQuiet()
  return starts
}

async function expectAllRight(on: OrderWorld, starts: Awaited<ReturnType<typeof placeAll>>) {
  expect(describeBreaches(await auditOrders(on.databases, starts))).toEqual([])
  const { rows } = await on.dbs.sagas.query(
    'select status, count(*)::int as count from sagas group by status order by status',
  )
  const declined = count / declineEvery
  expect(rows).toEqual([
    { status: 'compensated', count: declined },
    { status: 'completed', count: count - declined },
  ])
  expect(await auditEvents(on.kafka, on.dbs)).toEqual([])
  expect(await auditLifecycle(on.kafka, on.dbs.sagas)).toEqual([])
  if (on.viewDb !== null) expect(await on.auditView()).toEqual([])
}

it(
  'two thousand orders end as they must, and no audit meanwhile raises an alarm',
  async () => {
    const on = await startWorld({})
    const placing = placeAll(on)
    const brokers = workerBrokers().join(',')
    const { audits, living, alarms } = await auditMeanwhile(
      { databases: on.databases, brokers },
      placing,
    )
    console.log(`[load] ${audits} audits met ${living} living sagas`)
    expect(alarms).toEqual([])
    expect(living).toBeGreaterThan(0)
    await expectAllRight(on, await placing)
  },
  testLimitMs,
)

it(
  'they do so while one of two orchestrators is killed half-way',
  async () => {
    const on = await startWorld({ orchestrators: 2 })
    const starts = await placeAll(on, async () => on.system.orchestrators[0]?.kill())
    expect(on.system.orchestrators.map(({ pid }) => pid !== null)).toEqual([false, true])
    await expectAllRight(on, starts)
  },
  testLimitMs,
)

it(
  'they do so while one of two payment services is killed half-way and started again, and the view is right',
  async () => {
    const on = await startWorld({ paymentServices: 2, hasView: true })
    const starts = await placeAll(on, async () => {
      await on.system.payments[0]?.kill()
      await on.system.payments[0]?.start()
    })
    await expectAllRight(on, starts)
    await expectShown(on)
  },
  testLimitMs,
)
