// Records that nobody should have written, on the topics of replies, commands, starts and signals,
// over a real Kafka: each is parked with its bytes, its place and a code, and holds up nobody.
import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Db } from '../../messaging/db.ts'
import { listDeadLetters } from '../messaging/list-dead-letters.ts'
import { awaitUntil } from '../system/await-until.ts'
import type { RawRecord, Written } from '../system/raw-kafka.ts'
import { EngineWorld, enginePartitions, type RunningOrchestrator } from './engine-world.ts'
import { holdParcel } from './hold-parcel.ts'
import { neverMs, parcelsService, parcelsTopic, shipParcel } from './parcels.ts'

const repliesTopic = 'sagaline.replies'
const startsTopic = 'sagaline.starts'
const signalsTopic = 'sagaline.signals'
const waitS = 50

/** A broken van keeps its saga waiting for the end of a pause that never comes. */
const pausing = { attempts: 2, firstDelayMs: neverMs, delayMsMax: neverMs }
const definitions = [shipParcel({ loadVan: pausing }), holdParcel]

let world: EngineWorld
let orchestrator: RunningOrchestrator
/** A saga that waits for the reply to its `loadVan`. */
let waitingId: string

beforeAll(async () => {
  world = await EngineWorld.start(definitions)
  orchestrator = await world.startOrchestrator({ definitions })
  await world.startParcels({ attempts: 1 })
  world.parcels.breakDown('parcels.load-van', 'throws')
  const { body } = await orchestrator.client.start('ship-parcel', { parcel: 'waiting' })
  waitingId = String(body['id'])
  await awaitUntil('the saga pauses', async () => {
    const { steps } = await orchestrator.client.saga(waitingId)
    return steps[1]?.error !== undefined && steps[1].error !== null
  })
  world.parcels.mend('parcels.load-van')
})
afterAll(() => world.stop())

type Poison = {
  readonly what: string
  readonly code: string
  readonly record: () => Omit<RawRecord, 'topic'>
}

const ceHeaders = {
  ce_specversion: '1.0',
  ce_id: 'poison',
  ce_source: 'stranger',
  ce_type: 'parcels.take-shelf',
  'content-type': 'application/json',
}

const json = (value: unknown) => Buffer.from(JSON.stringify(value))

/** Above what a message may have, below what the topic takes; random, so gzip cannot shrink it. */
const hugeBytes = 240_000

const unreadable: readonly (Omit<Poison, 'code'> & { readonly code?: string })[] = [
  {
    what: 'random bytes',
    record: () => ({ key: null, value: randomBytes(300) }),
  },
  {
    what: 'a value that is not JSON',
    record: () => ({ key: 'k', value: Buffer.from('{"parcel":'), headers: ceHeaders }),
  },
  {
    what: 'bytes that are not UTF-8',
    record: () => ({ key: 'k', value: Buffer.from([0xff, 0xfe, 0x00]), headers: ceHeaders }),
  },
  { what: 'a tombstone', record: () => ({ key: 'k', value: null, headers: ceHeaders }) },
  {
    what: 'a huge record',
    record: () => ({ key: 'k', value: randomBytes(hugeBytes), headers: ceHeaders }),
  },
]

const replyTo = (sagaId: string, commandId: string) => ({
  ...ceHeaders,
  ce_sagaid: sagaId,
  ce_causationid: commandId,
  ce_outcome: 'succeeded',
  ce_attempt: '1',
})

const poisonReplies: readonly Poison[] = [
  ...unreadable.map((one) => ({ ...one, code: 'REPLY_UNUSABLE' })),
  {
    what: 'a reply for a saga that nobody started',
    code: 'SAGA_NOT_FOUND',
    record: () => {
      const id = randomUUID()
      return { key: id, value: json(null), headers: replyTo(id, `${id}/takeShelf/do/1`) }
    },
  },
  {
    what: 'a reply to a command that the saga never sent',
    code: 'REPLY_UNUSABLE',
    record: () => ({
      key: waitingId,
      value: json(null),
      headers: replyTo(waitingId, `${waitingId}/announce/do/1`),
    }),
  },
  {
    what: 'a reply that does not fit its contract',
    code: 'REPLY_UNUSABLE',
    record: () => ({
      key: waitingId,
      value: json({ van: 7 }),
      headers: replyTo(waitingId, `${waitingId}/loadVan/do/1`),
    }),
  },
  {
    what: 'a reply without an outcome',
    code: 'REPLY_UNUSABLE',
    record: () => {
      const { ce_outcome: _, ...headers } = replyTo(waitingId, `${waitingId}/loadVan/do/1`)
      return { key: waitingId, value: json(null), headers }
    },
  },
]

const command = (name: string, sagaId: string) => ({
  ...ceHeaders,
  ce_id: `${sagaId}/takeShelf/do/1`,
  ce_type: name,
  ce_sagaid: sagaId,
  ce_step: 'takeShelf',
  ce_visit: '1',
  ce_direction: 'do',
  ce_attempt: '1',
  // Its refusal is for a saga that is not there.
  ce_replyto: 'sagaline.replies',
})

const poisonCommands: readonly Poison[] = [
  ...unreadable.map((one) => ({ ...one, code: 'COMMAND_MALFORMED' })),
  {
    what: 'a command that the service does not know',
    code: 'COMMAND_UNKNOWN',
    record: () => {
      const id = randomUUID()
      return { key: id, value: json({ parcel: 'p' }), headers: command('parcels.lose', id) }
    },
  },
  {
    what: 'a payload that does not fit its contract',
    code: 'PAYLOAD_INVALID',
    record: () => {
      const id = randomUUID()
      const headers = command('parcels.take-shelf', id)
      return { key: id, value: json({ parcel: 5 }), headers }
    },
  },
  {
    what: 'a command that names no step',
    code: 'COMMAND_MALFORMED',
    record: () => {
      const id = randomUUID()
      const { ce_step: _, ...headers } = command('parcels.take-shelf', id)
      return { key: id, value: json({ parcel: 'p' }), headers }
    },
  },
]

const startOf = (value: unknown): Omit<RawRecord, 'topic'> => ({
  key: 'k',
  value: json(value),
  headers: { ...ceHeaders, ce_type: 'sagaline.start-saga' },
})

const poisonStarts: readonly Poison[] = [
  ...unreadable.map((one) => ({ ...one, code: 'START_UNUSABLE' })),
  {
    what: 'a start without a key',
    code: 'START_UNUSABLE',
    record: () => startOf({ saga: 'ship-parcel', input: { parcel: 'p' } }),
  },
  {
    what: 'a start of an unknown saga',
    code: 'SAGA_NAME_UNKNOWN',
    record: () => startOf({ saga: 'lose-parcel', key: randomUUID(), input: {} }),
  },
  {
    what: 'a start of an unknown saga whose name sounds like trouble of a database',
    code: 'SAGA_NAME_UNKNOWN',
    record: () => startOf({ saga: 'terminate-contract', key: randomUUID(), input: {} }),
  },
  {
    what: 'a start whose input does not fit',
    code: 'SAGA_INPUT_INVALID',
    record: () => startOf({ saga: 'ship-parcel', key: randomUUID(), input: { parcel: 5 } }),
  },
  {
    what: 'a start whose input sounds like trouble of a database',
    code: 'SAGA_INPUT_INVALID',
    record: () => startOf({ saga: 'ship-parcel', key: randomUUID(), input: { timeoutMs: 5 } }),
  },
]

/** One copy on each partition, so that whatever comes next is behind one. */
async function poisonAllPartitions(topic: string, record: Omit<RawRecord, 'topic'>) {
  const written: Written[] = []
  for (let partition = 0; partition < enginePartitions; partition += 1) {
    written.push(await world.kafka.write({ ...record, topic, partition }))
  }
  return written
}

async function letterAt(db: Db, { topic, partition, offset }: Written) {
  const letters = await listDeadLetters(db, { limit: 1_000 })
  return letters.find(
    ({ record }) =>
      record.topic === topic && record.partition === partition && record.offset === offset,
  )
}

async function expectParked(given: {
  readonly db: Db
  readonly poison: Poison
  readonly topic: string
  readonly consumer: string
  /** A good one of this topic, which ends well. */
  readonly next: (parcel: string) => Promise<void>
}): Promise<void> {
  const { db, poison, topic, consumer, next } = given
  const record = poison.record()
  const written = await poisonAllPartitions(topic, record)
  await next(`after ${poison.what} on ${topic}`)
  for (const place of written) {
    const letter = await awaitUntil(`${poison.what} is parked`, () => letterAt(db, place))
    expect(letter).toMatchObject({ code: poison.code, consumer })
    expect(letter.record.value).toEqual(record.value)
    expect(letter.record.key?.toString() ?? null).toBe(record.key)
    expect(letter.reason).not.toBe('')
  }
}

/** Its commands and replies cross their topics. */
async function shipOverRest(parcel: string): Promise<void> {
  const { body } = await orchestrator.client.start('ship-parcel', { parcel }, { waitS })
  expect(body['status'], 'the next good one goes through').toBe('completed')
}

async function shipOverKafka(parcel: string): Promise<void> {
  const start = startOf({ saga: 'ship-parcel', key: randomUUID(), input: { parcel } })
  await world.kafka.write({ ...start, topic: startsTopic })
  await awaitUntil('the next good start goes through', async () => {
    const { rowCount } = await world.sagasDb.query(
      `select 1 from sagas where business_key = $1 and status = 'completed'`,
      [parcel],
    )
    return rowCount === 1
  })
}

async function collectOverKafka(parcel: string): Promise<void> {
  const { body } = await orchestrator.client.start('hold-parcel', { parcel })
  const sagaId = String(body['id'])
  const value = json({ sagaId, signal: 'collect', data: { by: 'ann' } })
  const headers = { ...ceHeaders, ce_id: randomUUID(), ce_type: 'sagaline.signal' }
  await world.kafka.write({ topic: signalsTopic, key: 'k', value, headers })
  await awaitUntil('the next good signal goes through', async () => {
    return (await orchestrator.client.saga(sagaId)).status === 'completed'
  })
}

describe('a poison record on the topic of replies', () => {
  it.each(poisonReplies)('$what is parked, and the next good one goes through', (poison) =>
    expectParked({
      db: world.sagasDb,
      poison,
      topic: repliesTopic,
      consumer: 'sagaline',
      next: shipOverRest,
    }),
  )

  it('leaves the saga that it named as it was', async () => {
    const { status, steps } = await orchestrator.client.saga(waitingId)
    expect(status).toBe('running')
    expect(steps.map(({ name, outcome }) => [name, outcome])).toEqual([
      ['takeShelf', 'done'],
      ['loadVan', 'pending'],
    ])
  })
})

describe('a poison record on a topic of commands', () => {
  it.each(poisonCommands)('$what is parked, and the next good one goes through', (poison) =>
    expectParked({
      db: world.parcelsDb,
      poison,
      topic: parcelsTopic,
      consumer: parcelsService,
      next: shipOverRest,
    }),
  )
})

describe('a poison record on the topic of signals', () => {
  const poisonSignals: readonly Poison[] = [
    ...unreadable.map((one) => ({ ...one, code: 'SIGNAL_UNUSABLE' })),
    {
      what: 'a record that is something else',
      code: 'SIGNAL_UNUSABLE',
      record: () => startOf({ sagaId: waitingId, signal: 'collect' }),
    },
  ]

  it.each(poisonSignals)('$what is parked, and the next good one is delivered', (poison) =>
    expectParked({
      db: world.sagasDb,
      poison,
      topic: signalsTopic,
      consumer: 'sagaline',
      next: collectOverKafka,
    }),
  )
})

describe('a poison record on the topic of starts', () => {
  it.each(poisonStarts)('$what is parked, and the next good one is started', (poison) =>
    expectParked({
      db: world.sagasDb,
      poison,
      topic: startsTopic,
      consumer: 'sagaline',
      next: shipOverKafka,
    }),
  )
})
