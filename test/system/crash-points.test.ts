// A process is killed at each point where a crash could matter, and the ordinary program is
// started in its place: every saga ends right, and none of them by waiting for a step's timeout.
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest'
import { type OrchestratorPoint, orchestratorPoints } from '../../orchestrator/points.ts'
import { type ParticipantPoint, participantPoints, startSaga } from '../../participant/index.ts'
import type { SystemProcess } from '../../services/system/system-process.ts'
import { type AnsweredStart, auditOrders, describeBreaches } from './audit.ts'
import { auditLifecycle } from './audit-lifecycle.ts'
import { awaitUntil } from './await-until.ts'
import { crashMark } from './crash-at.ts'
import { OrderWorld } from './order-world.ts'
import { orderOf, placeOrders } from './place-orders.ts'

/**
 * From the crash to the end of every saga. A step's timeout is 10 minutes; the group gives the
 * partitions of a killed member away after 6 s, and the rest is margin for a busy machine.
 */
const limitMs = 60_000
const testLimitMs = 100_000
const count = 12
const declineEvery = 3

let world: OrderWorld
/** Of all cases: the databases are audited as a whole after each. */
const starts: AnsweredStart[] = []

beforeAll(async () => {
  // A command that failed is sent again; the pause before that is a timer.
  world = await OrderWorld.start({ environment: { STEP_ATTEMPTS: '3' } })
})
afterAll(() => world.stop())

/** How the sagas of a case come to be, and what makes its point be passed. */
type Flow = 'over REST' | 'one by one' | 'over Kafka' | 'with a timer'

/** At which hit it dies: some sagas are through then, except where all may start in one batch. */
const nthOf: Readonly<Record<Flow, number>> = {
  'over REST': 2,
  // Three replies end an order, so this is the end of the first one.
  'one by one': 3,
  'over Kafka': 1,
  'with a timer': 2,
}

/** Keyed by the point: one without a case does not compile, and one without a flow fails. */
const orchestratorCases: Readonly<Partial<Record<OrchestratorPoint, readonly Flow[]>>> = {
  'start.after-commit-before-publish': ['over REST', 'over Kafka'],
  'start.after-publish': ['over Kafka'],
  'advance.before-commit': ['over REST'],
  'advance.after-commit-before-publish': ['over REST', 'one by one'],
  'advance.after-publish-before-offset': ['over REST'],
  'timer.after-commit-before-publish': ['with a timer'],
}

/** By point: at which of its hits the services die, so that dos and undos are both met. */
const participantCases: Readonly<
  Partial<Record<ParticipantPoint, { orders: number; payments: number }>>
> = {
  'participant.before-commit': { orders: 1, payments: 1 },
  'participant.after-commit-before-reply': { orders: 3, payments: 1 },
  'participant.after-reply-before-offset': { orders: 3, payments: 1 },
}

let cases = 0
const newPrefix = () => {
  cases += 1
  return `crash-${cases}`
}

async function placeOverRest(prefix: string, inFlight = 3): Promise<void> {
  const { client } = world
  const placed = await placeOrders({ client, count, inFlight, declineEvery, prefix, limitMs })
  starts.push(...placed)
}

/** Each in a transaction of the payment service, whose relay publishes them. */
async function placeOverKafka(prefix: string): Promise<void> {
  const customers = Array.from({ length: count }, (_, at) => `${prefix}-${at}`)
  for (const [at, customer] of customers.entries()) {
    const input = orderOf(customer, at % declineEvery === 0)
    const start = { source: 'payments', saga: 'place-order', key: customer, input }
    await world.dbs.payments.transaction((tx) => startSaga(tx, start))
  }
  const ended = await awaitUntil('all have ended', () => endedOf(customers), limitMs)
  starts.push(...ended)
}

async function endedOf(customers: readonly string[]): Promise<readonly AnsweredStart[] | null> {
  const { rows } = await world.dbs.sagas.query<AnsweredStart>(
    `select id, business_key as customer from sagas
     where business_key = any($1) and ended_at is not null`,
    [customers],
  )
  return rows.length >= customers.length ? rows : null
}

/** While its table is away the payment service fails, and the retries come by timers. */
async function placeWithTimers(prefix: string, crashed: Promise<void>): Promise<void> {
  await world.dbs.payments.query('alter table payments rename to payments_away')
  const placed = placeOverRest(prefix)
  await crashed
  await world.dbs.payments.query('alter table payments_away rename to payments')
  await placed
}

async function expectAllRight(): Promise<void> {
  await world.awaitQuiet(limitMs)
  expect(describeBreaches(await auditOrders(world.databases, starts))).toEqual([])
  expect(await auditLifecycle(world.kafka, world.dbs.sagas)).toEqual([])
}

function hasCrashed(name: string, point: string): boolean {
  return world.lines.includes(`${name}: ${crashMark(point)}`)
}

describe('after a crash of the orchestrator', () => {
  const orchestrator = () => world.system.orchestrators[0] as SystemProcess

  async function crashAndRestart(point: OrchestratorPoint, flow: Flow): Promise<void> {
    const prefix = newPrefix()
    const crashing = world.addProcess(
      prefix,
      { path: 'test/system/crashing-orchestrator.ts', args: [point, String(nthOf[flow])] },
      {
        DATABASE_URL: world.databases.sagas,
        SAGALINE_DEFINITIONS: 'services/place-order/saga.ts',
        PORT: '0',
      },
    )
    await orchestrator().stop()
    await crashing.start()
    world.targets = [crashing]
    const crashed = crashing.ended().then(async () => {
      await orchestrator().start()
      world.targets = [orchestrator()]
    })
    try {
      if (flow === 'over REST') await placeOverRest(prefix)
      if (flow === 'one by one') await placeOverRest(prefix, 1)
      if (flow === 'over Kafka') await placeOverKafka(prefix)
      if (flow === 'with a timer') await placeWithTimers(prefix, crashing.ended())
      expect(hasCrashed(prefix, point), 'it crashed where it was meant to').toBe(true)
    } finally {
      await crashing.kill()
      await crashed
    }
  }

  const planned = orchestratorPoints.flatMap((point) =>
    (orchestratorCases[point] ?? []).map((flow) => ({ point, flow })),
  )

  it.each(planned)(
    'at $point, sagas started $flow end right, without a timeout',
    async ({ point, flow }) => {
      onTestFailed(() => console.log(world.lines.join('\n')))
      await crashAndRestart(point, flow)
      await expectAllRight()
    },
    testLimitMs,
  )
})

describe('after a crash of both services', () => {
  /** Resolves when it has crashed and the ordinary one is there again. */
  async function crashOne(
    service: 'orders' | 'payments',
    crash: { readonly name: string; readonly point: ParticipantPoint; readonly nth: number },
  ): Promise<void> {
    const ordinary = service === 'orders' ? world.system.orders : world.system.payments[0]
    if (ordinary === undefined) throw new Error(`there is no ${service}`)
    const { name, point, nth } = crash
    const crashing = world.addProcess(
      name,
      { path: 'test/system/crashing-participant.ts', args: [service, point, String(nth)] },
      { DATABASE_URL: world.databases[service] },
    )
    await ordinary.stop()
    await crashing.start()
    await crashing.ended()
    await ordinary.start()
  }

  it.each(participantPoints.filter((point) => participantCases[point] !== undefined))(
    'at %s, every saga ends right, without a timeout',
    async (point) => {
      onTestFailed(() => console.log(world.lines.join('\n')))
      const prefix = newPrefix()
      const names = { orders: `${prefix} orders`, payments: `${prefix} payments` }
      const { orders = 1, payments = 1 } = participantCases[point] ?? {}
      await Promise.all([
        crashOne('orders', { name: names.orders, point, nth: orders }),
        crashOne('payments', { name: names.payments, point, nth: payments }),
        placeOverRest(prefix),
      ])
      expect(hasCrashed(names.orders, point), 'orders crashed where it was meant to').toBe(true)
      expect(hasCrashed(names.payments, point), 'payments crashed where it was meant to').toBe(true)
      await expectAllRight()
    },
    testLimitMs,
  )
})
