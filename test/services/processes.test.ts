// The services as processes on real Kafka and Postgres: refused without migrations, ready, healthy,
// answering, stopped in good order, and dying where a fault says so.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Bus } from '../../messaging/bus.ts'
import { decodeMessage, encodeMessage } from '../../messaging/envelope.ts'
import { createKafkaBus } from '../../messaging/kafka/kafka-bus.ts'
import { silentLog } from '../../messaging/log.ts'
import type { Message, SagaId } from '../../messaging/message.ts'
import { SystemProcess } from '../../services/system/system-process.ts'
import { callCli } from '../cli/call-cli.ts'
import { commandMessage, newSagaId } from '../participant/stub-bus.ts'
import { createTestDatabase, type TestDatabase } from '../participant/test-database.ts'
import { workerBrokers } from '../worker-kafka.ts'
import { freePort } from './free-port.ts'

const brokers = workerBrokers().join(',')
const lines: string[] = []
let database: TestDatabase
let bus: Bus
let orders: SystemProcess
let healthPort = 0

beforeAll(async () => {
  database = await createTestDatabase([])
  healthPort = await freePort()
  orders = new SystemProcess({
    name: 'orders',
    program: 'services/orders/main.ts',
    environment: {
      DATABASE_URL: database.url,
      KAFKA_BROKERS: brokers,
      HEALTH_PORT: String(healthPort),
      FAULTS_ENABLED: 'true',
      // A process that has died keeps its partitions so long.
      KAFKA_SESSION_TIMEOUT_MS: '6000',
    },
    onLine: (line) => lines.push(line),
  })
  const connection = { brokers: brokers.split(','), clientId: 'services-test' }
  bus = createKafkaBus({ ...connection, log: silentLog, onFatal: () => undefined })
  await bus.start()
  await bus.ensureTopics([{ name: 'sagaline.replies', partitions: 4, replicationFactor: 1 }])
})

afterAll(async () => {
  await orders.stop()
  await bus.stop()
  await database.drop()
})

/** Answers what comes back for it, once something has. */
async function ask(sagaId: SagaId): Promise<readonly Message[]> {
  const data = { customerId: 'c1', amount: 1, items: [{ sku: 'a', quantity: 1 }] }
  const command = { sagaId, type: 'orders.create-order', topic: 'orders.commands', data }
  await bus.publish([encodeMessage(commandMessage(command))])
  const replies: Message[] = []
  const subscription = await bus.subscribe({
    groupId: `services-test-${sagaId}`,
    topics: ['sagaline.replies'],
    batchRecordsMax: 100,
    handle: async (records) => {
      for (const message of records.map((record) => decodeMessage(record))) {
        if (!('problem' in message) && message.sagaId === sagaId) replies.push(message)
      }
      return { settled: Promise.resolve() }
    },
  })
  await expect.poll(() => replies.length, { timeout: 60_000 }).toBeGreaterThan(0)
  await subscription.stop()
  return replies
}

const health = async (path: string) =>
  (await fetch(`http://127.0.0.1:${healthPort}/health/${path}`)).status

test('a service without its migrations says so and does not start', async () => {
  await expect(orders.start()).rejects.toThrow(
    'MIGRATIONS_MISSING: The database of orders lacks migrations; run: node services/orders/main.ts migrate',
  )
})

test('bad settings are refused, all at once', async () => {
  const bad = new SystemProcess({
    name: 'payments',
    program: 'services/payments/main.ts',
    environment: { DATABASE_URL: 'nowhere', KAFKA_BROKERS: '', PAYMENT_LIMIT: 'none' },
  })
  await expect(bad.start()).rejects.toThrow(
    /DATABASE_URL must[\s\S]*KAFKA_BROKERS must[\s\S]*PAYMENT_LIMIT must/,
  )
})

test('after its migrate step it is ready, healthy, answers a command and stops in good order', async () => {
  await orders.run('migrate')
  await orders.run('migrate')
  await orders.start()
  await expect.poll(() => lines.some((line) => line.includes('service.ready'))).toBe(true)
  expect(await health('live')).toBe(200)
  await expect.poll(() => health('ready'), { timeout: 10_000 }).toBe(200)
  expect(await health('other')).toBe(404)
  const sagaId = newSagaId()
  const answers = await ask(sagaId)
  expect(answers).toMatchObject([{ outcome: 'succeeded', data: { orderId: sagaId } }])
  await orders.stop()
  expect(lines.some((line) => line.includes('service.stopped'))).toBe(true)
})

test('a fault kills the real process where it says, and the next one answers what was done', async () => {
  await orders.start()
  await expect.poll(() => health('ready'), { timeout: 20_000 }).toBe(200)
  const set = ['fault', 'set', 'orders.create-order', 'crash-after-commit']
  const url = ['--url', `http://127.0.0.1:${healthPort}`]
  expect((await callCli([...set, ...url])).code).toBe(0)
  const sagaId = newSagaId()
  const answered = ask(sagaId)
  await orders.ended()
  const find = 'select created_at from orders where saga_id = $1'
  const { rows: before } = await database.db.query(find, [sagaId])
  expect(before).toHaveLength(1)
  await orders.start()
  expect(await answered).toMatchObject([{ outcome: 'succeeded', data: { orderId: sagaId } }])
  expect((await database.db.query(find, [sagaId])).rows).toEqual(before)
  expect((await callCli(['fault', 'list', ...url])).out).toBe('no faults')
}, 90_000)
