// The topic `sagaline.events` gives a saga with sensitive fields again to who has the keys, also
// when its events were told by an instance that has neither keys nor definition.
import { afterEach, beforeEach, expect, it } from 'vitest'
import { noKeys } from '../../messaging/cipher.ts'
import { realClock } from '../../messaging/clock.ts'
import type { SagaId } from '../../messaging/message.ts'
import { createRegistry } from '../../orchestrator/definition/registry.ts'
import type { Saga } from '../../orchestrator/engine/saga.ts'
import { foldSagaEvents, replaySagaEvents } from '../../orchestrator/index.ts'
import { createRowCipher } from '../../orchestrator/store/row-cipher.ts'
import { findSagas } from '../../orchestrator/store/sagas.ts'
import { awaitUntil } from '../system/await-until.ts'
import { EngineWorld, type RunningOrchestrator } from './engine-world.ts'
import { cipherOf, giftEventsTopic, giftHandlers, sendGift } from './sensitive-sagas.ts'
import { numbersOf, oneTo, readTopic } from './topic-events.ts'

const cipher = cipherOf(1)
const definitions = [sendGift]
const definitionOf = () => sendGift
const rows = createRowCipher(createRegistry(definitions), cipher)
const card = 'canary-4111-1111'

/** A leftover is taken over after 3 s. */
const takenOverMs = 40_000

let world: EngineWorld
let running: RunningOrchestrator

beforeEach(async () => {
  world = await EngineWorld.start(definitions, [giftEventsTopic])
  running = await world.startOrchestrator({ definitions, cipher })
  const { handlers: commands } = giftHandlers()
  await world.startParcels({ commands, cipher, attempts: 1 })
}, 60_000)
afterEach(() => world.stop())

async function startGift(note: string): Promise<SagaId> {
  const key = realClock.newId()
  const { body } = await running.client.start('send-gift', { card, note }, { key, waitS: 30 })
  return String(body['id']) as SagaId
}

async function storedSaga(id: SagaId): Promise<Saga> {
  const [stored] = await findSagas(world.sagasDb, rows, [id])
  if (stored === undefined) throw new Error(`there is no saga ${id}`)
  return stored.saga
}

async function allPublished(limitMs?: number): Promise<void> {
  const left = async () => (await world.sagasDb.query('select 1 from publish_batches')).rowCount
  await awaitUntil('everything is published', async () => (await left()) === 0, limitMs)
}

it('who has the keys has the saga as Postgres has it, others how it stands', async () => {
  const ids = await Promise.all(['works', 'refuses', 'throws', 'misfits'].map(startGift))
  await allPublished()
  const plain = await readTopic(world.kafka, cipher)
  const ends = new Set<string>()
  for (const id of ids) {
    const saga = await storedSaga(id)
    ends.add(saga.status)
    expect(replaySagaEvents(plain.get(id) ?? [], definitionOf)).toEqual({ saga, problem: null })
    const { status, revision, sequence, value: state } = saga
    for (const others of [noKeys, cipherOf(9)]) {
      const events = (await readTopic(world.kafka, others)).get(id) ?? []
      expect(numbersOf(events)).toEqual(oneTo(sequence))
      expect(foldSagaEvents(events)).toMatchObject({ status, revision, sequence, state })
      expect(JSON.stringify(events)).not.toContain(card)
      expect(replaySagaEvents(events, definitionOf, others)).toMatchObject({
        saga: null,
        error: { code: 'ENCRYPTION_KEY_UNKNOWN' },
      })
    }
  }
  expect(ends).toEqual(new Set(['completed', 'compensated', 'stuck']))
})

it('an instance without keys and definition tells the entries again, each as it was', async () => {
  const id = await startGift('refuses')
  await allPublished()
  await running.stop()
  await world.startOrchestrator({ definitions: [], allowMissingDefinitions: true })
  await world.sagasDb.query(
    `insert into publish_batches (id, saga_ids, due_at)
     select batch_id, array_agg(distinct saga_id), clock_timestamp() from history group by batch_id`,
  )
  await allPublished(takenOverMs)
  const events = (await readTopic(world.kafka)).get(id) ?? []
  const saga = await storedSaga(id)
  const copies = [...Map.groupBy(events, (event) => event.id).values()]
  expect(copies.map((told) => told.length)).toEqual(oneTo(saga.sequence).map(() => 2))
  for (const [first, second] of copies) expect(second?.data.entry).toEqual(first?.data.entry)
  expect(replaySagaEvents(events, definitionOf, cipher)).toEqual({ saga, problem: null })
}, 120_000)

it('what an instance with both tells twice is the same, byte for byte', async () => {
  await startGift('throws')
  await allPublished()
  await world.sagasDb.query(
    `insert into publish_batches (id, saga_ids, due_at)
     select batch_id, array_agg(distinct saga_id), clock_timestamp() from history group by batch_id`,
  )
  await allPublished(takenOverMs)
  const records = await world.kafka.read('sagaline.events')
  const copies = Map.groupBy(records, ({ headers }) => String(headers['ce_id']))
  expect(copies.size).toBeGreaterThan(5)
  for (const [id, [first, ...others]] of copies) {
    expect(
      others.map(({ value }) => String(value)),
      id,
    ).toEqual([String(first?.value)])
  }
}, 120_000)
