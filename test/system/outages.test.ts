// Kafka and Postgres are taken away under running orders and brought back: readiness tells,
// starts are kept or refused with a reason, nothing is lost, and all goes on by itself.
import { afterAll, beforeAll, expect, it, onTestFailed } from 'vitest'
import type { LocalParts } from '../../local/local-parts.ts'
import { startBareParts, startLimitMs } from '../local/bare-parts.ts'
import { type AnsweredStart, auditOrders, describeBreaches } from './audit.ts'
import { awaitUntil } from './await-until.ts'
import { OrderWorld } from './order-world.ts'
import { orderOf, placeOrders } from './place-orders.ts'

const count = 120
const inFlight = 12
const declineEvery = 10
/** From the return of the part to the end of every saga, on a machine that is busy. */
const limitMs = 120_000
const testLimitMs = 200_000

let parts: LocalParts
let world: OrderWorld
const starts: AnsweredStart[] = []

beforeAll(async () => {
  parts = await startBareParts()
  const { kafka, postgres } = parts
  world = await OrderWorld.start({
    orchestrators: 2,
    brokers: kafka.brokers,
    postgresUrl: postgres.adminUrl,
    // All that is logged goes to Kafka as well, which must never hold anybody up.
    environment: { LOG_TOPIC: 'logs', LOG_LEVEL: 'debug' },
  })
}, startLimitMs)
afterAll(async () => {
  await world?.stop()
  await parts?.stop()
})

/** Places orders, and takes the part away when a quarter of them have ended. */
async function placeThrough(prefix: string, outage: () => Promise<void>): Promise<void> {
  let away: Promise<void> | null = null
  const placed = await placeOrders({
    client: world.client,
    count,
    inFlight,
    declineEvery,
    prefix,
    limitMs,
    onEnded: (ended) => {
      if (ended === count / 4) away = outage()
    },
  })
  starts.push(...placed)
  await away
}

async function awaitReadiness(missing: 'kafka' | 'postgres' | null): Promise<void> {
  await awaitUntil(`readiness says ${missing ?? 'that all is well'}`, async () => {
    const { status, body } = await world.client.ready()
    const problems = Object.keys((body['problems'] ?? {}) as object)
    return missing === null ? status === 200 : status === 503 && problems.includes(missing)
  })
}

async function expectAllRight(): Promise<void> {
  await awaitReadiness(null)
  await world.awaitQuiet(limitMs)
  expect(describeBreaches(await auditOrders(world.databases, starts))).toEqual([])
  const { orchestrators, orders, payments } = world.system
  const all = [...orchestrators, orders, ...payments]
  expect(all.filter(({ pid }) => pid === null).map(({ name }) => name)).toEqual([])
}

it(
  'while Kafka is away starts are kept, and when it is back they and all others end',
  async () => {
    onTestFailed(() => console.log(world.lines.join('\n')))
    await placeThrough('kafka', async () => {
      await parts.kafka.kill()
      await awaitReadiness('kafka')
      const { status, body } = await world.client.start('place-order', orderOf('kept', false))
      expect(status).toBe(202)
      starts.push({ id: String(body['id']), customer: 'kept' })
      await parts.kafka.start()
    })
    await awaitUntil('the kept one has ended', async () => {
      const kept = starts.find(({ customer }) => customer === 'kept')
      return (await world.client.saga(kept?.id ?? '')).status === 'completed'
    })
    await expectAllRight()
  },
  testLimitMs,
)

it(
  'while Postgres is away starts are refused with 503 and a code, and all others end after it',
  async () => {
    onTestFailed(() => console.log(world.lines.join('\n')))
    await placeThrough('postgres', async () => {
      await parts.postgres.kill()
      await awaitReadiness('postgres')
      const key = 'refused'
      const refused = await world.client.start('place-order', orderOf(key, false), { key })
      expect(refused.status).toBe(503)
      expect(refused.body).toMatchObject({ code: 'STORE_UNAVAILABLE' })
      await parts.postgres.start()
      const again = await world.client.startPatiently(
        'place-order',
        orderOf(key, false),
        { key, waitS: 50 },
        limitMs,
      )
      expect(again.body['status']).toBe('completed')
      starts.push({ id: String(again.body['id']), customer: key })
    })
    await expectAllRight()
  },
  testLimitMs,
)

it('after both outages whoever waits at one orchestrator is told of sagas that end at the other', async () => {
  // Whoever is not told waits a minute, and fails the test by that.
  const wait = (at: number) => ({ key: `told-${at}`, waitS: 60 })
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, at) =>
      world.client.start('place-order', orderOf(`told-${at}`, false), wait(at)),
    ),
  )
  expect(answers.map(({ body }) => body['status'])).toEqual(answers.map(() => 'completed'))
}, 50_000)

it('after both outages what every service logs of a saga is found with it', async () => {
  const order = orderOf('logged', false)
  const { body } = await world.client.start('place-order', order, { waitS: 50 })
  const path = `/sagas/${body['id']}/logs`
  await awaitUntil('the lines of both services are there', async () => {
    const items = (await world.client.get(path)).body['items'] as readonly {
      readonly service: string
      readonly message: string
    }[]
    const done = items.filter(({ message }) => message === 'participant.do.succeeded')
    const services = done.map(({ service }) => service).toSorted()
    return services.join() === 'orders,orders,payments'
  })
}, 60_000)
