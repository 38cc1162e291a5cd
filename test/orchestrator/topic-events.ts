// What the topic of lifecycle events says, and what Postgres has, side by side.
import { expect } from 'vitest'
import { type Cipher, noKeys } from '../../messaging/cipher.ts'
import type { Db } from '../../messaging/db.ts'
import type { SagaId } from '../../messaging/message.ts'
import { createRegistry } from '../../orchestrator/definition/registry.ts'
import type { SagaDefinition } from '../../orchestrator/definition/saga-definition.ts'
import type { Saga } from '../../orchestrator/engine/saga.ts'
import { foldSagaEvents, replaySagaEvents } from '../../orchestrator/index.ts'
import {
  type LifecycleEvent,
  readLifecycleEvent,
} from '../../orchestrator/lifecycle/lifecycle-event.ts'
import { createRowCipher } from '../../orchestrator/store/row-cipher.ts'
import { findSagas } from '../../orchestrator/store/sagas.ts'
import { awaitUntil } from '../system/await-until.ts'
import type { RawKafka } from '../system/raw-kafka.ts'
import type { EngineWorld } from './engine-world.ts'

/** Everything on the topic, by saga, in the order it came, with repeats. */
export async function readTopic(
  kafka: RawKafka,
  cipher: Cipher = noKeys,
): Promise<ReadonlyMap<SagaId, readonly LifecycleEvent[]>> {
  const records = await kafka.read('sagaline.events')
  const events = records.map((record) => {
    const event = readLifecycleEvent(record, cipher)
    if ('problem' in event) throw new Error(`on the topic: ${event.problem}`)
    return event
  })
  return Map.groupBy(events, ({ sagaId }) => sagaId)
}

export async function storedSagas(db: Db): Promise<readonly Saga[]> {
  const { rows } = await db.query<{ readonly id: SagaId }>('select id from sagas order by id')
  const stored = await findSagas(
    db,
    createRowCipher(createRegistry([]), noKeys),
    rows.map(({ id }) => id),
  )
  return stored.map(({ saga }) => saga)
}

/** The numbers of the saga's events on the topic, each once, sorted. */
export function numbersOf(events: readonly LifecycleEvent[]): readonly number[] {
  return [...new Set(events.map(({ data }) => data.seq))].sort((a, b) => a - b)
}

export function oneTo(last: number): readonly number[] {
  return Array.from({ length: last }, (_, at) => at + 1)
}

export async function allToldIn({ sagasDb }: EngineWorld, limitMs?: number): Promise<void> {
  const left = async () => (await sagasDb.query('select 1 from publish_batches')).rowCount
  await awaitUntil('everything is published', async () => (await left()) === 0, limitMs)
}

/** A consumer that has the topic and the definitions has what Postgres has; answers of how many. */
export async function topicTellsAll(
  world: EngineWorld,
  definitionOf: (name: string, version: number) => SagaDefinition | null,
): Promise<number> {
  await allToldIn(world)
  const topic = await readTopic(world.kafka)
  const sagas = await storedSagas(world.sagasDb)
  expect(new Set(topic.keys())).toEqual(new Set(sagas.map(({ id }) => id)))
  for (const saga of sagas) {
    const events = topic.get(saga.id) ?? []
    expect(numbersOf(events)).toEqual(oneTo(saga.sequence))
    expect(replaySagaEvents(events, definitionOf)).toEqual({ saga, problem: null })
    const { version, status, revision, sequence, value: state, failure, stuck } = saga
    const stands = { version, status, revision, sequence, state, failure, stuck, isWhole: true }
    expect(foldSagaEvents(events)).toMatchObject(stands)
  }
  return sagas.length
}
