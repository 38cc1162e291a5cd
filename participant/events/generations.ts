// The table `event_consumers`: which generations a consumer has, and which of them serves.
import type { Db, Statement, Tx } from '../../messaging/db.ts'
import type { Reading } from './inbox.ts'

export type GenerationState = 'building' | 'serving' | 'retired'

/** A reading of the topics from the beginning, and what it is for. */
export type Generation = {
  readonly generation: number
  readonly state: GenerationState
  /** The consumer group that reads for it: the consumer's name, a dot and letters by chance. */
  readonly group: string
}

const ensure: Statement = {
  name: 'event-consumers.ensure',
  text: `
    insert into event_consumers (consumer, generation, state, served_at)
    select $1, 1, 'serving', clock_timestamp()
    where not exists (select from event_consumers where consumer = $1)
    on conflict do nothing`,
}

export async function ensureConsumer(db: Db, consumer: string): Promise<void> {
  await db.query(ensure, [consumer])
}

const list: Statement = {
  name: 'event-consumers.list',
  text: `
    select generation, state, consumer || '.' || reader as "group" from event_consumers
    where consumer = $1 order by generation`,
}

/** In the order of their numbers. */
export async function generationsOf(db: Db, consumer: string): Promise<readonly Generation[]> {
  return (await db.query<Generation>(list, [consumer])).rows
}

const begin: Statement = {
  name: 'event-consumers.start-over',
  text: `
    insert into event_consumers (consumer, generation, state)
    select $1, coalesce(max(generation), 0) + 1, 'building' from event_consumers where consumer = $1
    on conflict do nothing`,
}

/**
 * Reads the topics once more from the beginning, as the next generation: beside the one that serves,
 * until it has come as far and takes its place. Answers its number; that of the one being built when
 * there is one. Some process of the consumer must run, or nothing happens.
 */
export async function startOver(db: Db, consumer: string): Promise<number> {
  await ensureConsumer(db, consumer)
  await db.query(begin, [consumer])
  const found = (await generationsOf(db, consumer)).findLast(({ state }) => state !== 'retired')
  return found?.generation ?? 1
}

const lockState: Statement = {
  name: 'event-consumers.state',
  text: `select state from event_consumers where consumer = $1 and generation = $2 for share`,
}

/** In the transaction of a batch: it does not retire until this one has ended. */
export async function isWanted(tx: Tx, { consumer, generation }: Reading): Promise<boolean> {
  const { rows } = await tx.query<{ readonly state: GenerationState }>(lockState, [
    consumer,
    generation,
  ])
  return rows[0] !== undefined && rows[0].state !== 'retired'
}

const lockServing: Statement = {
  name: 'event-consumers.hold',
  text: `
    select generation from event_consumers where consumer = $1 and state = 'serving' for update`,
}

/** The one that serves takes nothing until this transaction ends; null when its place was just taken. */
export async function holdServing(tx: Tx, consumer: string): Promise<number | null> {
  const { rows } = await tx.query<{ readonly generation: number }>(lockServing, [consumer])
  return rows[0]?.generation ?? null
}

/** Which one is to take the place of which. */
export type Relief = {
  readonly consumer: string
  readonly serving: number
  readonly building: number
}

const retire: Statement = {
  name: 'event-consumers.retire',
  text: `update event_consumers set state = 'retired' where consumer = $1 and generation = $2`,
}

const serve: Statement = {
  name: 'event-consumers.serve',
  text: `
    update event_consumers set state = 'serving', served_at = clock_timestamp()
    where consumer = $1 and generation = $2`,
}

/** From the commit on readers see the rows of the new one. */
export async function relieve(tx: Tx, { consumer, serving, building }: Relief): Promise<void> {
  void tx.query(retire, [consumer, serving])
  await tx.query(serve, [consumer, building])
}

const lockRetired: Statement = {
  name: 'event-consumers.hold-retired',
  text: `
    select generation from event_consumers
    where consumer = $1 and generation = $2 and state = 'retired' for update skip locked`,
}

/** False while another process is at it: what that one deletes would look as if it were not there. */
export async function holdRetired(tx: Tx, { consumer, generation }: Reading): Promise<boolean> {
  return (await tx.query(lockRetired, [consumer, generation])).rowCount > 0
}

const remove: Statement = {
  name: 'event-consumers.remove',
  text: `delete from event_consumers where consumer = $1 and generation = $2`,
}

export async function removeGeneration(tx: Tx, { consumer, generation }: Reading): Promise<void> {
  await tx.query(remove, [consumer, generation])
}
