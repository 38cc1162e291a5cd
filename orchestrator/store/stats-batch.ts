// What a batch of lifecycle events adds to the statistics, in one transaction: the partitions are
// locked first, so that two processes never count the same event.
import type { Row, Statement, Tx } from '../../messaging/db.ts'
import type { Json, SagaId } from '../../messaging/message.ts'
import { jsonList } from './json-list.ts'

const add: Statement = {
  name: 'stats.add-partitions',
  text: `
    insert into stats_partitions (partition, newest_at)
    select given, '-infinity' from unnest($1::int[]) as given order by given
    on conflict do nothing`,
}

const lock: Statement = {
  name: 'stats.lock-partitions',
  text: `
    select partition, (extract(epoch from nullif(newest_at, '-infinity')) * 1000)::float8 as newest_ms
    from stats_partitions where partition = any($1::int[]) order by partition for update`,
}

const read: Statement = {
  name: 'stats.sagas',
  text: `
    select saga_id, is_ended, (extract(epoch from touched_at) * 1000)::float8 as touched_ms, counted
    from stats_sagas where saga_id = any($1::uuid[])`,
}

const writeSagas: Statement = {
  name: 'stats.write-sagas',
  text: `
    insert into stats_sagas (saga_id, partition, touched_at, is_ended, counted)
    select saga_id, partition, 'epoch'::timestamptz + touched_us * interval '1 us', is_ended, counted
    from unnest($1::uuid[], $2::int[], $3::float8[], $4::bool[],
      string_to_array($5, chr(31))::json[])
      as given(saga_id, partition, touched_us, is_ended, counted)
    on conflict (saga_id) do update set touched_at = excluded.touched_at,
      is_ended = excluded.is_ended, counted = excluded.counted`,
}

const writePartitions: Statement = {
  name: 'stats.write-partitions',
  text: `
    update stats_partitions p
    set newest_at = 'epoch'::timestamptz + newest_us * interval '1 us'
    from unnest($1::int[], $2::float8[]) as given(partition, newest_us)
    where p.partition = given.partition`,
}

/** In one order, since processes with other partitions write the same rows. */
const addWindows: Statement = {
  name: 'stats.add-windows',
  text: `
    insert into stats_windows as old (at, name, step, started, completed, compensated, failed, stuck,
      retries, durations)
    select 'epoch'::timestamptz + at_us * interval '1 us', name, step, started, completed,
      compensated, failed, stuck, retries, durations::jsonb
    from unnest($1::float8[], $2::text[], $3::text[], $4::int[], $5::int[], $6::int[], $7::int[],
      $8::int[], $9::int[], string_to_array($10, chr(31))::json[])
      as given(at_us, name, step, started, completed, compensated, failed, stuck, retries, durations)
    order by at_us, name, step
    on conflict (at, name, step) do update set
      started = old.started + excluded.started,
      completed = old.completed + excluded.completed,
      compensated = old.compensated + excluded.compensated,
      failed = old.failed + excluded.failed,
      stuck = old.stuck + excluded.stuck,
      retries = old.retries + excluded.retries,
      durations = (
        select coalesce(jsonb_object_agg(bucket, sum), '{}') from (
          select key as bucket, sum(value::int) from (
            select * from jsonb_each_text(old.durations)
            union all select * from jsonb_each_text(excluded.durations)
          ) as one group by key
        ) as each
      )`,
}

/** By partition: the time of its newest event, in ms; -Infinity before the first one. */
export async function lockPartitions(
  tx: Tx,
  partitions: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  void tx.query(add, [partitions])
  const { rows } = await tx.query<{
    readonly partition: number
    readonly newest_ms: number | null
  }>(lock, [partitions])
  return new Map(rows.map((row) => [row.partition, row.newest_ms ?? Number.NEGATIVE_INFINITY]))
}

/** What was counted of a saga. Times in ms since the epoch. */
export type StatsSaga = {
  readonly id: SagaId
  readonly partition: number
  /** Of its newest event. */
  readonly touchedAt: number
  readonly isEnded: boolean
  readonly counted: Json
}

export async function readStatsSagas(
  tx: Tx,
  ids: readonly SagaId[],
): Promise<readonly Omit<StatsSaga, 'partition'>[]> {
  const { rows } = await tx.query<
    Row & { saga_id: SagaId; is_ended: boolean; touched_ms: number; counted: Json }
  >(read, [ids])
  return rows.map(({ saga_id: id, is_ended: isEnded, touched_ms: touchedAt, counted }) => ({
    id,
    touchedAt,
    isEnded,
    counted,
  }))
}

export const statsCounts = [
  'started',
  'completed',
  'compensated',
  'failed',
  'stuck',
  'retries',
] as const

export type StatsCount = (typeof statsCounts)[number]

/** What a minute has, or what is to be added to it. */
export type StatsWindow = {
  /** Its beginning, in ms since the epoch. */
  readonly at: number
  readonly name: string
  /** '' is the saga as a whole. */
  readonly step: string
  readonly counts: Readonly<Record<StatsCount, number>>
  /** How many durations are in which bucket. */
  readonly durations: Readonly<Record<string, number>>
}

export type StatsBatch = {
  readonly sagas: readonly StatsSaga[]
  readonly windows: readonly StatsWindow[]
  readonly newestAt: ReadonlyMap<number, number>
}

/** Its failure fails the transaction. */
export async function writeStats(tx: Tx, { sagas, windows, newestAt }: StatsBatch): Promise<void> {
  const us = (ms: number) => ms * 1_000
  const newest = [...newestAt].filter(([, ms]) => Number.isFinite(ms))
  void tx.query(writeSagas, [
    sagas.map(({ id }) => id),
    sagas.map(({ partition }) => partition),
    sagas.map(({ touchedAt }) => us(touchedAt)),
    sagas.map(({ isEnded }) => isEnded),
    jsonList(sagas.map((saga) => saga.counted)),
  ])
  void tx.query(writePartitions, [newest.map(([one]) => one), newest.map(([, ms]) => us(ms))])
  await tx.query(addWindows, [
    windows.map(({ at }) => us(at)),
    windows.map(({ name }) => name),
    windows.map(({ step }) => step),
    ...statsCounts.map((what) => windows.map(({ counts }) => counts[what])),
    jsonList(windows.map(({ durations }) => durations)),
  ])
}
