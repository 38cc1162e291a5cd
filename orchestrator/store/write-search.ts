// Writes to the read model: rows of `saga_search`, the counts by status and the feed of changes, all
// in one transaction that never touches a row that moves sagas. Whoever writes locks `search_state`
// first, so that feed ids are in the order of commits and counts are exact.
import type { Db, Statement, Tx } from '../../messaging/db.ts'
import { jsonList, textList } from './json-list.ts'
import type { SearchRow } from './search-row.ts'

const lock: Statement = {
  name: 'search.lock',
  text: 'select feed_id from search_state for update',
}

/** A new statement of its own, so that it sees what was committed before the lock was had. */
const write: Statement = {
  name: 'search.write',
  text: `
    with given as (
      select * from unnest($1::uuid[], $2::text[], $3::int[], $4::text[], $5::int[],
        string_to_array($6, chr(31))::json[], $7::text[], string_to_array($8, chr(31))::json[],
        $9::text[], $10::text[], $11::uuid[], string_to_array($12, chr(31))::json[],
        $13::float8[], $14::float8[], $15::float8[])
        as given(saga_id, name, version, status, revision, steps, error, state, business_key,
          correlation_id, parent_id, attributes, started_us, updated_us, ended_us)
    ), changed as (
      select given.*, old.revision as old_revision, old.name as old_name,
        old.version as old_version, old.status as old_status
      from given left join saga_search old on old.saga_id = given.saga_id
      where old.revision is null or old.revision < given.revision
        or ($16 and old.revision = given.revision)
    ), written as (
      insert into saga_search (saga_id, name, version, status, revision, steps, error, state,
        business_key, correlation_id, parent_id, attributes, started_at, updated_at, ended_at)
      select saga_id, name, version, status, revision,
        array(select json_array_elements_text(steps)), error, state, business_key,
        correlation_id, parent_id,
        case when json_array_length(attributes) > 0
          then array(select json_array_elements_text(attributes)) end,
        'epoch'::timestamptz + started_us * interval '1 us',
        'epoch'::timestamptz + updated_us * interval '1 us',
        'epoch'::timestamptz + ended_us * interval '1 us'
      from changed
      on conflict (saga_id) do update set version = excluded.version, status = excluded.status,
        revision = excluded.revision, steps = excluded.steps, error = excluded.error,
        state = excluded.state, updated_at = excluded.updated_at, ended_at = excluded.ended_at
    ), moved as (
      select name, version, status, sum(by)::bigint as by from (
        select name, version, status, 1 as by from changed
        union all
        select old_name, old_version, old_status, -1 from changed where old_revision is not null
      ) as one group by name, version, status having sum(by) <> 0
    ), counted as (
      insert into search_counts (name, version, status, count)
      select name, version, status, by from moved
      on conflict (name, version, status)
      do update set count = search_counts.count + excluded.count
    ), told as (
      select saga_id, name, coalesce(old_revision, 0) as from_revision, revision as to_revision,
        (select feed_id from search_state) + row_number() over (order by updated_us, saga_id) as id
      from changed where $17 and revision > coalesce(old_revision, 0)
    ), fed as (
      insert into saga_feed (id, saga_id, name, from_revision, to_revision)
      select id, saga_id, name, from_revision, to_revision from told
    ), numbered as (
      update search_state set feed_id = (select max(id) from told) where exists (select from told)
    )
    select count(*)::int as changed from changed`,
}

export type SearchWrite = {
  readonly sagas: readonly SearchRow[]
  /** Also writes what has its revision already. */
  readonly isRebuild: boolean
  /** Those who follow the stream of all sagas are told. */
  readonly isTold: boolean
}

/**
 * Answers how many rows changed; those that are older than what is there change nothing, whoever
 * writes at the same time. What else the transaction locks, it must have locked before.
 */
export async function writeSearch(
  tx: Tx,
  { sagas, isRebuild, isTold }: SearchWrite,
): Promise<number> {
  if (sagas.length === 0) return 0
  void tx.query(lock)
  const values = [...columnsOf(sagas), isRebuild, isTold]
  const { rows } = await tx.query<{ readonly changed: number }>(write, values)
  return rows[0]?.changed ?? 0
}

function columnsOf(sagas: readonly SearchRow[]): readonly unknown[] {
  const us = (time: Date | null) => (time === null ? null : time.getTime() * 1_000)
  return [
    sagas.map(({ id }) => id),
    sagas.map(({ name }) => name),
    sagas.map(({ version }) => version),
    sagas.map(({ status }) => status),
    sagas.map(({ revision }) => revision),
    jsonList(sagas.map(({ steps }) => steps)),
    sagas.map(({ error }) => error),
    textList(sagas.map(({ state }) => JSON.stringify(state) ?? 'null')),
    sagas.map(({ businessKey }) => businessKey),
    sagas.map(({ correlationId }) => correlationId),
    sagas.map(({ parentId }) => parentId),
    jsonList(sagas.map(({ attributes }) => attributes)),
    sagas.map(({ startedAt }) => us(startedAt)),
    sagas.map(({ updatedAt }) => us(updatedAt)),
    sagas.map(({ endedAt }) => us(endedAt)),
  ]
}

const recount: Statement = {
  name: 'search.recount',
  text: `
    with real as (
      select name, version, status, count(*) as count from saga_search
      group by name, version, status
    ), gone as (
      delete from search_counts old where not exists (
        select from real where real.name = old.name and real.version = old.version
          and real.status = old.status)
    )
    insert into search_counts select name, version, status, count from real
    on conflict (name, version, status) do update set count = excluded.count`,
}

/** It reads every row of the read model, and nobody writes there meanwhile. */
const recountMsMax = 120_000

/** Counts anew what is kept up step by step otherwise. */
export async function recountSearch(db: Db): Promise<void> {
  await db.transaction(async (tx) => {
    void tx.query(`set local statement_timeout = ${recountMsMax}`)
    void tx.query(lock)
    await tx.query(recount)
  })
}
