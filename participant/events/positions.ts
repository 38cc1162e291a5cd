// The table `event_positions`: how far each generation of a consumer has come in each partition.
import type { IncomingRecord, TopicEdges } from '../../messaging/bus.ts'
import type { Db, Statement, Tx } from '../../messaging/db.ts'
import type { Relief } from './generations.ts'
import type { Reading } from './inbox.ts'

export type Position = {
  readonly nextOffset: bigint
  /** The time of the newest record that was taken. */
  readonly newestAt: Date
}

export function partitionKey(record: Pick<IncomingRecord, 'topic' | 'partition'>): string {
  return `${record.topic}/${record.partition}`
}

const lock: Statement = {
  name: 'event-positions.lock',
  text: `
    select topic, partition, next_offset::text as offset, newest_at as "newestAt"
    from event_positions
    where consumer = $1 and generation = $2
      and (topic, partition) in (select * from unnest($3::text[], $4::int[]))
    order by topic, partition for update`,
}

type PositionRow = {
  readonly topic: string
  readonly partition: number
  readonly offset: string
  readonly newestAt: Date
}

/** Of the partitions of these records, by `partitionKey`; they stay until the transaction ends. */
export async function lockPositions(
  tx: Tx,
  { consumer, generation }: Reading,
  records: readonly IncomingRecord[],
): Promise<ReadonlyMap<string, Position>> {
  const partitions = [...new Map(records.map((one) => [partitionKey(one), one])).values()]
  const { rows } = await tx.query<PositionRow>(lock, [
    ...[consumer, generation],
    partitions.map(({ topic }) => topic),
    partitions.map(({ partition }) => partition),
  ])
  return new Map(
    rows.map(({ offset, newestAt, ...of }) => {
      return [partitionKey(of), { nextOffset: BigInt(offset), newestAt }]
    }),
  )
}

/**
 * In one order, as two processes may meet after a rebalance. What comes again is never newer than all
 * that was taken: offsets that go back and are newer are of a topic that was made anew.
 */
const move: Statement = {
  name: 'event-positions.move',
  text: `
    insert into event_positions as old (consumer, generation, topic, partition, next_offset, newest_at)
    select $1, $2, topic, partition, next_offset, newest_at
    from unnest($3::text[], $4::int[], $5::bigint[], $6::timestamptz[])
      as given(topic, partition, next_offset, newest_at)
    order by topic, partition
    on conflict (consumer, generation, topic, partition) do update
    set next_offset = case when excluded.newest_at > old.newest_at then excluded.next_offset
        else greatest(old.next_offset, excluded.next_offset) end,
      newest_at = greatest(old.newest_at, excluded.newest_at)`,
}

/** Every record moves its partition on, whatever it was. Not to be awaited: the commit does, and fails with it. */
export function movePositions(
  tx: Tx,
  { consumer, generation }: Reading,
  records: readonly IncomingRecord[],
): Promise<unknown> {
  const ends = new Map<string, { record: IncomingRecord; newestMs: number }>()
  for (const record of records) {
    const key = partitionKey(record)
    const newestMs = Math.max(ends.get(key)?.newestMs ?? 0, record.timestamp.getTime())
    ends.set(key, { record, newestMs })
  }
  const rows = [...ends.values()]
  return tx.query(move, [
    ...[consumer, generation],
    rows.map(({ record }) => record.topic),
    rows.map(({ record }) => record.partition),
    rows.map(({ record }) => String(record.offset + 1n)),
    rows.map(({ newestMs }) => new Date(newestMs)),
  ])
}

const newest: Statement = {
  name: 'event-positions.newest',
  text: `
    select max(newest_at) as at from event_positions where consumer = $1 and generation = $2`,
}

/** The time of the newest record that it has taken; null before the first. */
export async function newestTaken(db: Db, reading: Reading): Promise<Date | null> {
  const { consumer, generation } = reading
  return (await db.query<{ at: Date | null }>(newest, [consumer, generation])).rows[0]?.at ?? null
}

const behind: Statement = {
  name: 'event-positions.behind',
  text: `
    select old.topic, old.partition, old.next_offset::float8 as goal,
      coalesce(new.next_offset, 0)::float8 as reached
    from event_positions old left join event_positions new
      on new.consumer = old.consumer and new.generation = $3 and new.topic = old.topic
        and new.partition = old.partition
    where old.consumer = $1 and old.generation = $2
      and old.next_offset > coalesce(new.next_offset, 0)`,
}

type BehindRow = {
  readonly topic: string
  readonly partition: number
  readonly goal: number
  readonly reached: number
}

/**
 * How many records the building one has yet to take, to be as far in every partition. Those that
 * nobody can read any more are none: removed ones, and those of topics or partitions without edges.
 */
export async function recordsBehind(
  on: Pick<Tx, 'query'>,
  { consumer, serving, building }: Relief,
  edges: TopicEdges,
): Promise<number> {
  const { rows } = await on.query<BehindRow>(behind, [consumer, serving, building])
  const left = rows.map(({ topic, partition, goal, reached }) => {
    const { low, high } = edges[topic]?.[partition] ?? { low: 0, high: 0 }
    return Math.max(0, Math.min(goal, high) - Math.max(reached, low))
  })
  return left.reduce((sum, one) => sum + one, 0)
}
