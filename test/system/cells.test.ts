// Two cells on one Kafka: each is a whole order system with databases and a prefix of its own. The
// same customers order in both under the same keys, and neither sees anything of the other.
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { readConfig } from '../../messaging/config.ts'
import { kafkaFields } from '../../messaging/config-fields.ts'
import { kafkaBusOptions } from '../../messaging/connections.ts'
import { loadKafkaJs } from '../../messaging/kafka/load-kafkajs.ts'
import { type OrderSystem, startOrderSystem } from '../../services/system/order-system.ts'
import { runBinary } from '../cli/run-binary.ts'
import { workerBrokers } from '../worker-kafka.ts'
import { auditOrders, describeBreaches } from './audit.ts'
import { awaitUntil } from './await-until.ts'
import { orderTopics } from './order-world.ts'
import { placeOrders } from './place-orders.ts'
import { SagaClient } from './saga-client.ts'
import { openTestDatabases, type TestDatabases } from './test-databases.ts'

const prefixes = ['north.', 'south-1.'] as const
const count = 60

let databases: TestDatabases
const cells: OrderSystem[] = []

beforeAll(async () => {
  databases = openTestDatabases(inject('postgresUrl'))
  const started = prefixes.map(async (prefix) =>
    cells.push(
      await startOrderSystem({
        parts: {
          kafka: { brokers: workerBrokers() },
          createDatabase: (name) => databases.create(`${name}_${prefix.replace(/\W/g, '')}`),
        },
        report: () => undefined,
        environment: { KAFKA_PREFIX: prefix, STEP_TIMEOUT_MS: '600000', LOG_LEVEL: 'warn' },
      }),
    ),
  )
  await Promise.all(started)
})

afterAll(async () => {
  await Promise.all(cells.map((cell) => cell.stop()))
  await databases?.dropAll()
})

it('share nothing but the brokers', async () => {
  const { Kafka, logLevel } = loadKafkaJs()
  const admin = new Kafka({ brokers: [...workerBrokers()], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    const highest = async (topic: string) => {
      const exists = (await admin.listTopics()).includes(topic)
      const offsets = exists ? await admin.fetchTopicOffsets(topic) : []
      return offsets.reduce((sum, { high }) => sum + Number(high), 0)
    }
    const plain = () => Promise.all(orderTopics.map(highest))
    const before = await plain()
    const placed = await Promise.all(
      cells.map(async ({ url }) => {
        const client = new SagaClient(() => url)
        await awaitUntil('it is ready', async () => (await client.ready()).status === 200)
        const orders = { client, count, inFlight: 20, declineEvery: 5, limitMs: 60_000 }
        return placeOrders({ ...orders, prefix: 'customer' })
      }),
    )
    const ids = placed.flat().map(({ id }) => id)
    expect(new Set(ids).size).toBe(2 * count)
    for (const [at, cell] of cells.entries()) {
      await awaitUntil('what the audit looks at is at rest', async () => {
        const breaches = await auditOrders(cell.databases, placed[at] ?? [])
        return describeBreaches(breaches).length === 0
      })
    }
    expect(await plain()).toEqual(before)
    const { groups } = await admin.listGroups()
    const names = groups.map(({ groupId }) => groupId)
    for (const prefix of prefixes) {
      expect(await highest(`${prefix}payments.commands`)).toBeGreaterThanOrEqual(count)
      for (const group of ['sagaline', 'sagaline.starts', 'orders', 'payments']) {
        expect(names).toContain(`${prefix}${group}`)
      }
    }
  } finally {
    await admin.disconnect()
  }
})

it('are each audited with their topics, and a stranger reads whole names', async () => {
  const [prefix] = prefixes
  const cell = cells.find(({ databases: { sagas } }) => sagas.includes('north'))
  const env = { KAFKA_PREFIX: prefix, KAFKA_BROKERS: workerBrokers().join(',') }
  const words = ['audit', '--topics', '--json', '--database', cell?.databases.sagas ?? '']
  const { code, out } = await runBinary(
    [...words, '--definitions', 'services/place-order/saga.ts'],
    { env },
  )
  expect({ code, ...JSON.parse(out) }).toMatchObject({ code: 0, breachCount: 0 })
  const { Kafka, logLevel } = loadKafkaJs()
  const { brokers } = kafkaBusOptions(readConfig(env, kafkaFields))
  const consumer = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).consumer({
    groupId: `${prefix}stranger`,
  })
  await consumer.connect()
  try {
    const command = Promise.withResolvers<Readonly<Record<string, unknown>>>()
    await consumer.subscribe({ topics: [`${prefix}payments.commands`], fromBeginning: true })
    await consumer.run({
      eachMessage: async ({ message }) => command.resolve(message.headers ?? {}),
    })
    expect(String((await command.promise)['ce_replyto'])).toBe(`${prefix}sagaline.replies`)
  } finally {
    await consumer.disconnect()
  }
})
