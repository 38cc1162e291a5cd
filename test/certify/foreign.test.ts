// The payment services in Java and in Python in place of the Node one: both on one database, one
// killed in the middle of orders and the other going on, every database audited; and both certified.
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest'
import { noKeys } from '../../messaging/cipher.ts'
import { loadKafkaJs } from '../../messaging/kafka/load-kafkajs.ts'
import { readCliConfig } from '../../orchestrator/cli/config.ts'
import { bodyHashes } from '../../participant/body-hash.ts'
import { takePayment } from '../../services/contracts/payments.ts'
import { type ForeignName, lackOf } from '../../services/demo/full/foreign-payments.ts'
import { callCli } from '../cli/call-cli.ts'
import { freePort } from '../services/free-port.ts'
import { auditOrders, describeBreaches } from '../system/audit.ts'
import { auditEvents } from '../system/audit-events.ts'
import { OrderWorld } from '../system/order-world.ts'
import { placeOrders } from '../system/place-orders.ts'
import { workerBrokers } from '../worker-kafka.ts'
import { ForeignProcess, prepare, prepareMsMax } from './foreign-process.ts'

const names: readonly ForeignName[] = ['python-flask', 'java-spring']
const lacks = new Map<ForeignName, string | null>()
for (const name of names) lacks.set(name, await lackOf(name))
const here = names.filter((name) => lacks.get(name) === null)
for (const [name, lack] of lacks) {
  if (lack !== null) console.warn(`SKIPPED: examples/participants/${name}: ${lack}`)
}

const brokers = workerBrokers().join(',')
const orders = { count: 200, inFlight: 32, declineEvery: 10 }
/** For one order: some wait while the other service starts. */
const limitMs = 150_000
const testMsMax = 420_000

describe.skipIf(here.length === 0)('payment services that are no Node', () => {
  let world: OrderWorld
  let httpPort = 0
  const started: ForeignProcess[] = []

  beforeAll(async () => {
    const prepared = Promise.all(here.map(prepare))
    // Heard below; until then the world may fail first.
    prepared.catch(() => undefined)
    world = await OrderWorld.start({ paymentServices: 0 })
    // The tables of the Node service: the others find them, and the auditor knows them.
    const environment = { DATABASE_URL: world.databases.payments }
    const program = { path: 'services/payments/main.ts', args: [] }
    await world.addProcess('payments', program, environment).run('migrate')
    httpPort = await freePort()
    await prepared
  }, prepareMsMax)

  afterAll(async () => {
    await Promise.all(started.map((one) => one.stop()))
    await world.stop()
  })

  async function start(name: ForeignName, prefix = ''): Promise<ForeignProcess> {
    const service = new ForeignProcess(name, {
      KAFKA_PREFIX: prefix,
      KAFKA_BROKERS: brokers,
      DATABASE_URL: world.databases.payments,
      // Short, so that the orders of a killed one do not wait for long.
      KAFKA_SESSION_TIMEOUT_MS: '3000',
      HTTP_PORT: String(httpPort),
    })
    started.push(service)
    onTestFailed(() => console.log(service.tail()))
    await service.start()
    return service
  }

  function certify(prefix: string) {
    const sql = 'select status from payments where saga_id = $1'
    const words = [
      ...['certify', '--brokers', brokers, '--commands', 'payments.commands', '--wait', '20'],
      ...['--definitions', 'services/place-order/saga.ts'],
      ...['--examples', 'examples/participants/payments.json'],
      ...['--database', world.databases.payments, '--sql', sql],
    ]
    return callCli(words, { config: () => ({ ...readCliConfig(), kafkaPrefix: prefix }) })
  }

  /** In a cell of its own, whose topics it makes, but for that of the replies. */
  async function mustBeCertified(name: ForeignName) {
    const prefix = `${name}.`
    const [replies, events] = [`${prefix}sagaline.replies`, `${prefix}payments.events`]
    const { Kafka, ConfigResourceTypes, logLevel } = loadKafkaJs()
    const admin = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING }).admin()
    await admin.connect()
    try {
      await admin.createTopics({ topics: [{ topic: replies, numPartitions: 3 }] })
      await started.at(-1)?.stop()
      await start(name, prefix)
      await mustKeepTheProtocol(prefix)
      // A view of events is rebuilt from their beginning.
      const type = ConfigResourceTypes.TOPIC
      const asked = { type, name: events, configNames: ['retention.ms'] }
      const { resources } = await admin.describeConfigs({
        ...{ includeSynonyms: false, resources: [asked] },
      })
      expect(resources[0]?.configEntries[0]?.configValue).toBe('-1')
    } finally {
      await admin.disconnect()
    }
  }

  async function mustKeepTheProtocol(prefix: string) {
    const { out, err } = await certify(prefix)
    expect(out + err).toContain('payments on payments.commands keeps the protocol')
    expect(out).not.toContain('skipped:')
    const lines = started.at(-1)?.lines.map((line) => JSON.parse(line)) ?? []
    const traced = lines.filter(({ traceId }) => /^[0-9a-f]{32}$/.test(traceId))
    expect(traced.length).toBeGreaterThan(0)
  }

  /** So that services in several languages can follow each other on one database. */
  async function mustHaveTheHashesOfTheKit() {
    const { rows } = await world.dbs.payments.query(
      `select customer_id, amount, status, body_hash from payments join fence using (saga_id)`,
    )
    expect(rows).toHaveLength(orders.count)
    for (const { customer_id: customerId, amount, status, body_hash: found } of rows) {
      const payload = { customerId, amount, decline: status === 'DECLINED' }
      const [hash] = bodyHashes(takePayment, payload, noKeys)
      expect(found).toEqual(hash)
    }
  }

  test(
    'orders end as they must, with a kill -9 in the middle and another language after it',
    async () => {
      const [first = 'python-flask', second = first] = here
      const before = await start(first)
      let after: Promise<unknown> = Promise.resolve()
      const starts = await placeOrders({
        ...{ ...orders, client: world.client, prefix: 'foreign', limitMs },
        onEnded: (ended) => {
          if (ended === orders.count / 2) after = before.kill().then(() => start(second))
        },
      })
      await after
      await world.awaitQuiet()
      expect(describeBreaches(await auditOrders(world.databases, starts))).toEqual([])
      expect(await auditEvents(world.kafka, world.dbs)).toEqual([])
      await mustHaveTheHashesOfTheKit()
      const { rows } = await world.dbs.payments.query(
        'select status, count(*)::int as count from payments group by status order by status',
      )
      const declined = orders.count / orders.declineEvery
      expect(rows).toEqual([
        { status: 'DECLINED', count: declined },
        { status: 'TAKEN', count: orders.count - declined },
      ])
    },
    testMsMax,
  )

  test('each log line of a command has the fields that Node participants write', () => {
    for (const service of started) {
      const lines = service.lines.map((line) => JSON.parse(line))
      const answered = lines.find(({ message }) => message.startsWith('command.answered'))
      expect(answered).toEqual({
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/),
        level: 'info',
        service: 'payments',
        sagaId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        step: 'takePayment',
        message: expect.stringMatching(/^command.answered payments.take-payment \w+$/),
      })
    }
  })

  test.skipIf(lacks.get('java-spring') !== null)(
    'the one in Java and Spring is certified in a cell',
    async () => {
      await mustBeCertified('java-spring')
    },
    testMsMax,
  )

  test.skipIf(lacks.get('python-flask') !== null)(
    'the one in Python and Flask is certified in a cell, and tells a payment over HTTP',
    async () => {
      await mustBeCertified('python-flask')
      const { rows } = await world.dbs.payments.query(
        `select saga_id as id, status, amount from payments where status = 'DECLINED' limit 1`,
      )
      const url = `http://127.0.0.1:${httpPort}`
      const [row] = rows
      const answer = await fetch(`${url}/payments/${row?.['id']}`)
      expect(await answer.json()).toMatchObject({ status: 'DECLINED', amount: row?.['amount'] })
      expect((await fetch(`${url}/payments/nobody`)).status).toBe(404)
      expect((await fetch(`${url}/health/ready`)).status).toBe(200)
    },
    testMsMax,
  )
})
