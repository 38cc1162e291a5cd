// The certification kit on real Kafka and Postgres: the payment service passes, and each planted bug
// is found and named.
import { readFileSync } from 'node:fs'
import { Type } from 'typebox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Bus } from '../../messaging/bus.ts'
import { createCipher, noKeys, parseEncryptionKeys } from '../../messaging/cipher.ts'
import { realClock } from '../../messaging/clock.ts'
import { type Following, followTopic } from '../../messaging/kafka/follow-topic.ts'
import { createKafkaBus } from '../../messaging/kafka/kafka-bus.ts'
import { silentLog } from '../../messaging/log.ts'
import { certify as runKit } from '../../orchestrator/certify/certify.ts'
import { createListeners } from '../../orchestrator/certify/listeners.ts'
import { makeSamples } from '../../orchestrator/certify/samples.ts'
import { undoChecks } from '../../orchestrator/certify/undo-checks.ts'
import type { Wire } from '../../orchestrator/certify/wire.ts'
import { readCliConfig } from '../../orchestrator/cli/config.ts'
import {
  type CommandOf,
  createParticipant,
  defineCommand,
  handle,
  type Participant,
  sensitive,
  succeeded,
  type Tx,
} from '../../participant/index.ts'
import { paymentCommands } from '../../services/payments/commands.ts'
import { callCli } from '../cli/call-cli.ts'
import { createTestDatabase, type TestDatabase } from '../participant/test-database.ts'
import { workerBrokers } from '../worker-kafka.ts'
import {
  effectsTable,
  legalWays,
  type PlantedBug,
  PlantedParticipant,
  plantedBugs,
  topicOf,
} from './planted-participant.ts'

const brokers = workerBrokers()
const partitions = 2
/** Some bugs show by silence only, so it is waited for; all together, on a machine that is busy. */
const waitMs = 12_000
const examples = JSON.parse(readFileSync(new URL('examples.json', import.meta.url), 'utf8'))
const bugs = Object.keys(plantedBugs) as readonly PlantedBug[]
const cipher = createCipher(parseEncryptionKeys(`k1:${Buffer.alloc(32, 7).toString('base64')}`))
const Secret = Type.Object({ secret: sensitive(Type.String()) })
/** Without an undo. */
const keepSecret = defineCommand({
  ...{ name: 'secrets.keep', topic: 'secrets.commands', payload: Secret, reply: Secret },
})
const listeners = createListeners()
let following: Following
let database: TestDatabase
let bus: Bus
let payments: Participant
let secrets: Participant
let planted: PlantedParticipant

beforeAll(async () => {
  database = await createTestDatabase(['messaging', 'participant', 'payments'], effectsTable)
  const connection = { brokers, clientId: 'certify-test' }
  bus = createKafkaBus({ ...connection, log: silentLog, onFatal: () => undefined })
  await bus.start()
  const names = ['payments.commands', 'payments.events', keepSecret.topic]
  const plantedTopics = [...legalWays, ...bugs].map(topicOf)
  const made = [...names, ...plantedTopics].map((name) => ({ name, partitions }))
  // Other tests of this broker may have made it, with as many as they like: never as the others here.
  made.push({ name: 'sagaline.replies', partitions: partitions + 1 })
  await bus.ensureTopics(made.map((topic) => ({ ...topic, replicationFactor: 1 })))
  payments = createParticipant({ service: 'payments', commands: paymentCommands({ amountMax: 9 }) })
  secrets = createParticipant({ service: 'secrets', commands: [handle(keepSecret, keep)] })
  const deps = { db: database.db, bus, log: silentLog, clock: realClock, cipher }
  await Promise.all([payments.start(deps), secrets.start(deps)])
  const { tell: take } = listeners
  const follow = { ...connection, groupPrefix: 'certify-test', clock: realClock, take }
  following = await followTopic({ ...follow, log: silentLog, topic: 'sagaline.replies' })
  planted = new PlantedParticipant(bus, database.db)
  const subscribe = (groupId: string, topics: readonly string[]) =>
    bus.subscribe({ groupId, topics, batchRecordsMax: 500, handle: (r) => planted.handle(r) })
  // The one that stops must not stop the others.
  const stopping = topicOf('stops-at-malformed')
  await subscribe(
    'planted',
    plantedTopics.filter((one) => one !== stopping),
  )
  await subscribe('planted-stopping', [stopping])
})

afterAll(async () => {
  await planted.idle()
  await following.stop()
  await Promise.all([payments.stop(), secrets.stop()])
  await bus.stop()
  await database.drop()
})

async function keep(tx: Tx, { sagaId, payload }: CommandOf<typeof keepSecret>) {
  await tx.query('insert into effects (saga_id, done) values ($1, 1)', [sagaId])
  return succeeded(payload)
}

const certify = (...words: readonly string[]) =>
  callCli(['certify', '--brokers', brokers.join(','), ...words])

const effects = 'select done, undone from effects where saga_id = $1'

function certifyPlanted(bug: PlantedBug | 'none', ...more: readonly string[]) {
  const sql = ['--database', database.url, '--sql', effects]
  const examples = ['--examples', 'test/certify/examples.json']
  return certify('--commands', topicOf(bug), ...examples, ...sql, ...more)
}

test('the payment service keeps the protocol, by the contracts of the saga and by SQL', async () => {
  const definitions = ['--definitions', 'services/place-order/saga.ts']
  const examples = ['--examples', 'examples/participants/payments.json']
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

/** What all kits of this file speak over, but for the topic of the commands. */
function wireTo(commands: string): Wire {
  return {
    ...{ commands, commandPartitions: partitions, replyPartitions: following.partitions },
    ...{ clock: realClock, waitMs, listen: listeners.listen },
    send: (records) => bus.publish(records),
    effectOf: async (sagaId) => (await database.db.query(effects, [sagaId])).rows,
  }
}

test('each planted bug is found and named, and what is legal passes', async () => {
  const samples = makeSamples({ contracts: [], examples: examples.commands, cipher: noKeys })
  const all = [...legalWays, ...bugs].map(async (bug) => {
    const { breach } = await runKit(wireTo(topicOf(bug)), samples)
    return [bug, breach?.name ?? null] as const
  })
  const passed = Object.fromEntries(legalWays.map((way) => [way, null]))
  expect(Object.fromEntries(await Promise.all(all))).toEqual({ ...passed, ...plantedBugs })
}, 240_000)

test('sensitive fields are sent encrypted, and answers read', async () => {
  const samples = makeSamples({ contracts: [keepSecret], examples: [], cipher })
  const { breach, checks, service } = await runKit(wireTo(keepSecret.topic), samples)
  expect({ breach, service }).toEqual({ breach: null, service: 'secrets' })
  expect(checks.filter(({ verdict }) => verdict === 'skipped')).toHaveLength(2 + undoChecks.length)
})

test('a participant in a cell is spoken to by the names of the cell', async () => {
  const prefix = 'cell.'
  const connection = { brokers, clientId: 'certify-test', prefix }
  const cell = createKafkaBus({ ...connection, log: silentLog, onFatal: () => undefined })
  const topics = [topicOf('none'), 'sagaline.replies']
  const inside = new PlantedParticipant(cell, database.db)
  try {
    await cell.start()
    await cell.ensureTopics(topics.map((name) => ({ name, partitions, replicationFactor: 1 })))
    const group = { groupId: 'planted', topics: [topicOf('none')], batchRecordsMax: 500 }
    await cell.subscribe({ ...group, handle: (records) => inside.handle(records) })
    const words = ['--commands', topicOf('none'), '--examples', 'test/certify/examples.json']
    const { out, err } = await callCli(['certify', ...words], {
      config: () => ({ ...readCliConfig(), kafkaBrokers: brokers, kafkaPrefix: prefix }),
    })
    expect(out + err).toContain('planted on none.commands keeps the protocol')
  } finally {
    await cell.stop()
  }
})

test('a breach is told with its messages, their bytes readable', async () => {
  const { code, out } = await certifyPlanted('wrong-causation')
  expect(code).toBe(1)
  expect(out).toContain('✗ causation-wrong, found by done of planted.do')
  expect(out).toMatch(/→ sent \d+ ms, wrong-causation.commands\[\d\]\n {6}key: [0-9a-f-]{36}\n/)
  expect(out).toMatch(/← received \d+ ms, sagaline.replies\[\d\]@\d+/)
  expect(out).toContain('value: {"amount":1,"note":"a"}')
  const json = await certifyPlanted('wrong-causation', '--json')
  const breach = { name: 'causation-wrong', messages: expect.any(Array) }
  expect(JSON.parse(json.out)).toMatchObject({ verdict: 'breached', breach })
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
