// The certification kit on real Kafka and Postgres: the payment service passes, and each planted bug
// is found and named.
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Bus, IncomingRecord } from '../../messaging/bus.ts'
import { noKeys } from '../../messaging/cipher.ts'
import { realClock } from '../../messaging/clock.ts'
import { followTopic } from '../../messaging/kafka/follow-topic.ts'
import { createKafkaBus } from '../../messaging/kafka/kafka-bus.ts'
import { silentLog } from '../../messaging/log.ts'
import { certify as runKit } from '../../orchestrator/certify/certify.ts'
import { makeSamples } from '../../orchestrator/certify/samples.ts'
import type { Wire } from '../../orchestrator/certify/wire.ts'
import { createParticipant, type Participant } from '../../participant/index.ts'
import { paymentCommands } from '../../services/payments/commands.ts'
import { callCli } from '../cli/call-cli.ts'
import { createTestDatabase, type TestDatabase } from '../participant/test-database.ts'
import { workerBrokers } from '../worker-kafka.ts'
import {
  effectsTable,
  type PlantedBug,
  PlantedParticipant,
  plantedBugs,
  topicOf,
} from './planted-participant.ts'

const brokers = workerBrokers()
const partitions = 2
/** Some bugs show by silence only, so it is waited for; all together, on a machine that is busy. */
const waitMs = 8_000
const examples = JSON.parse(readFileSync(new URL('examples.json', import.meta.url), 'utf8'))
const bugs = Object.keys(plantedBugs) as readonly PlantedBug[]
let database: TestDatabase
let bus: Bus
let payments: Participant
let planted: PlantedParticipant

beforeAll(async () => {
  database = await createTestDatabase(['messaging', 'participant', 'payments'], effectsTable)
  const connection = { brokers, clientId: 'certify-test' }
  bus = createKafkaBus({ ...connection, log: silentLog, onFatal: () => undefined })
  await bus.start()
  const names = ['payments.commands', 'payments.events', 'sagaline.replies', topicOf('none')]
  const topics = [...names, ...bugs.map(topicOf)]
  await bus.ensureTopics(topics.map((name) => ({ name, partitions, replicationFactor: 1 })))
  payments = createParticipant({ service: 'payments', commands: paymentCommands({ amountMax: 9 }) })
  await payments.start({ db: database.db, bus, log: silentLog, clock: realClock })
  planted = new PlantedParticipant(bus, database.db)
  const subscribe = (groupId: string, topics: readonly string[]) =>
    bus.subscribe({ groupId, topics, batchRecordsMax: 500, handle: (r) => planted.handle(r) })
  // The one that stops must not stop the others.
  const stopping = topicOf('stops-at-malformed')
  await subscribe(
    'planted',
    topics.filter((one) => !names.slice(0, 3).includes(one) && one !== stopping),
  )
  await subscribe('planted-stopping', [stopping])
})

afterAll(async () => {
  await planted.idle()
  await payments.stop()
  await bus.stop()
  await database.drop()
})

const certify = (...words: readonly string[]) =>
  callCli(['certify', '--brokers', brokers.join(','), ...words])

const effects = 'select done, undone from effects where saga_id = $1'

function certifyPlanted(bug: PlantedBug | 'none') {
  const sql = ['--database', database.url, '--sql', effects]
  const examples = ['--examples', 'test/certify/examples.json']
  return certify('--commands', topicOf(bug), ...examples, ...sql)
}

test('the payment service keeps the protocol, by the contracts of the saga and by SQL', async () => {
  const definitions = ['--definitions', 'services/place-order/saga.ts']
  const examples = ['--examples', 'test/certify/payments.json']
  const sql = 'select status from payments where saga_id = $1'
  const effect = ['--database', database.url, '--sql', sql]
  const { code, out, err } = await certify(
    ...['--commands', 'payments.commands', ...definitions, ...examples, ...effect],
  )
  expect(out + err).toContain('payments on payments.commands keeps the protocol')
  expect(out).toContain('effects seen by SQL')
  expect(out).not.toContain('skipped:')
  expect(code).toBe(0)
})

test('each planted bug is found and named, and without one all is well', async () => {
  const takers = new Set<(record: IncomingRecord) => void>()
  const following = await followTopic({
    ...{ brokers, clientId: 'certify-test', groupPrefix: 'certify-test', log: silentLog },
    ...{ topic: 'sagaline.replies', clock: realClock },
    take: (record) => {
      for (const take of takers) take(record)
    },
  })
  const wire: Omit<Wire, 'commands'> = {
    ...{ commandPartitions: partitions, replyPartitions: partitions, clock: realClock, waitMs },
    send: (records) => bus.publish(records),
    listen: (take) => {
      takers.add(take)
      return () => takers.delete(take)
    },
    effectOf: async (sagaId) => (await database.db.query(effects, [sagaId])).rows,
  }
  const samples = makeSamples({ contracts: [], examples: examples.commands, cipher: noKeys })
  const all = (['none', ...bugs] as const).map(async (bug) => {
    const { breach } = await runKit({ ...wire, commands: topicOf(bug) }, samples)
    return [bug, breach?.name ?? null] as const
  })
  const found = Object.fromEntries(await Promise.all(all))
  await following.stop()
  expect(found).toEqual({ none: null, ...plantedBugs })
})

test('a breach is told with its messages, their bytes readable', async () => {
  const { code, out } = await certifyPlanted('wrong-causation')
  expect(code).toBe(1)
  expect(out).toContain('✗ causation-wrong, found by done of planted.do')
  expect(out).toMatch(/→ sent \d+ ms, wrong-causation.commands\[\d\]\n {6}key: [0-9a-f-]{36}\n/)
  expect(out).toMatch(/← received \d+ ms, sagaline.replies\[\d\]@\d+/)
  expect(out).toContain('value: {"amount":1,"note":"a"}')
})

test.each([
  [['--commands', 'none.commands', '--sql', 'select 1'], '--database and --sql go together'],
  [[], '--commands must name the topic'],
  [['--commands', 'x', '--examples', 'nowhere.json'], '--examples cannot be read (ENOENT)'],
  [['--commands', 'x', '--examples', 'package.json'], '--examples must be like'],
  [
    ['--commands', 'none.commands', '--definitions', 'services/place-order/saga.ts'],
    'no saga sends',
  ],
])('what is written wrongly is said: %j', async (words, said) => {
  const { code, err } = await certify(...words)
  expect(err).toContain(said)
  expect(code).toBe(2)
})

test('a query that cannot be run and a topic that is not there are no breach', async () => {
  const examples = ['--examples', 'test/certify/examples.json']
  const bad = ['--database', database.url, '--sql', 'select nothing from nowhere']
  expect(await certify('--commands', 'none.commands', ...examples, ...bad)).toMatchObject({
    code: 2,
    err: expect.stringContaining('--sql cannot be run: relation "nowhere" does not exist'),
  })
  const { code, err } = await certify('--commands', 'no.such', ...examples)
  expect(err).toContain('TOPIC_MISSING')
  expect(code).toBe(3)
})
