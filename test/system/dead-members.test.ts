// A killed orchestrator holds nobody up: the one that is started after it, or beside it, leaves the
// groups in its name, and says so. Its session would last for longer than an order may take.
import { afterEach, expect, it, onTestFailed } from 'vitest'
import { auditOrders, describeBreaches } from './audit.ts'
import { OrderWorld } from './order-world.ts'
import { placeOrders } from './place-orders.ts'

/** Longer than the limit of an order: one that had to wait for it would fail. */
const environment = { KAFKA_SESSION_TIMEOUT_MS: '120000', LOG_LEVEL: 'info' }
const limitMs = 60_000
const count = 200

let world: OrderWorld | null = null

afterEach(async () => {
  await world?.stop()
  world = null
})

async function startWorld(orchestrators: number): Promise<OrderWorld> {
  const started = await OrderWorld.start({ orchestrators, environment })
  world = started
  onTestFailed(() => console.log(started.lines.join('\n')))
  return started
}

/** Does something once, when some of the orders have ended. */
async function place(on: OrderWorld, halfWay: () => Promise<void>) {
  let disturbed: Promise<void> | null = null
  const starts = await placeOrders({
    client: on.client,
    count,
    inFlight: 100,
    declineEvery: 10,
    prefix: 'dead',
    limitMs,
    onEnded: (ended) => {
      if (ended === count / 4) disturbed = halfWay()
    },
  })
  await disturbed
  await on.awaitQuiet()
  expect(on.lines.filter((line) => line.includes('kafka.group.left_for'))).not.toEqual([])
  expect(describeBreaches(await auditOrders(on.databases, starts))).toEqual([])
}

it('an orchestrator that was killed and started again takes its partitions at once', async () => {
  const on = await startWorld(1)
  await place(on, async () => {
    await on.system.orchestrators[0]?.kill()
    await on.system.orchestrators[0]?.start()
  })
}, 180_000)

it('a second orchestrator takes over from one that was killed', async () => {
  const on = await startWorld(2)
  await place(on, async () => on.system.orchestrators[0]?.kill())
}, 180_000)
