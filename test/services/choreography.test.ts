// The example without a saga on real Kafka and Postgres: orders are paid or declined by services that
// only hear of each other, once each, also when they hear it twice.
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import {
  type Choreography,
  startChoreography,
} from '../../examples/choreography/run-choreography.ts'
import { realClock } from '../../messaging/clock.ts'
import { RawKafka } from '../system/raw-kafka.ts'
import { openTestDatabases } from '../system/test-databases.ts'
import { workerBrokers } from '../worker-kafka.ts'

const databases = openTestDatabases(inject('postgresUrl'))
const kafka = new RawKafka(workerBrokers())
let choreography: Choreography

beforeAll(async () => {
  await kafka.start()
  choreography = await startChoreography({
    brokers: workerBrokers(),
    createDatabase: (name) => databases.create(name),
    clock: realClock,
  })
})

afterAll(async () => {
  await choreography.stop()
  await kafka.stop()
  await databases.dropAll()
})

test('an order is completed when it is paid, and cancelled when the payment is declined', async () => {
  const [paid, declined] = await Promise.all([choreography.place(500), choreography.place(90_000)])
  expect(paid).toMatchObject({ order: 'COMPLETED', payment: 'TAKEN' })
  expect(declined).toMatchObject({ order: 'CANCELLED', payment: 'DECLINED' })
})

test('an order that is told twice is paid once, and nothing is set aside', async () => {
  const { payments } = choreography.dbs
  const { orderId } = await choreography.place(700)
  const topic = 'choreography.orders.events'
  const told = (await kafka.read(topic)).find(({ key }) => key?.toString() === orderId)
  if (told === undefined) throw new Error('the order was not told')
  const { partition, value } = told
  const texts = Object.entries(told.headers).map(([name, bytes]) => [name, `${bytes}`] as const)
  await kafka.write({ topic, partition, key: orderId, value, headers: Object.fromEntries(texts) })
  // What comes after it on its partition has been taken: so has the repeat.
  await expect.poll(async () => kafka.lag(await groupOf(), [topic]), { timeout: 20_000 }).toBe(0)
  const { rows } = await payments.query('select status from payments where order_id = $1', [
    orderId,
  ])
  expect(rows).toEqual([{ status: 'TAKEN' }])
  expect((await payments.query('select code, reason from dead_letters')).rows).toEqual([])
})

async function groupOf(): Promise<string> {
  const sql = `select consumer || '.' || reader as "group" from event_consumers`
  const { rows } = await choreography.dbs.payments.query<{ readonly group: string }>(sql)
  return rows[0]?.group ?? ''
}
