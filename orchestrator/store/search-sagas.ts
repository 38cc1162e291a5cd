// Searches the read model: newest first, by pages, as far as it has come.
import type { Db, Row } from '../../messaging/db.ts'
import type { Json, SagaId } from '../../messaging/message.ts'
import type { SagaStatus } from '../engine/saga.ts'
import type { Attributes } from './saga-rows.ts'
import type { SagaSummary } from './saga-view.ts'
import { searchStatement } from './search-statement.ts'
import { attributesOf } from './search-words.ts'

/** Null: whatever it is. */
export type SearchFilter = {
  readonly name: string | null
  /** Those that may be seen; null: all. */
  readonly names: readonly string[] | null
  readonly version: number | null
  readonly statuses: readonly SagaStatus[] | null
  /** Under way or parked there. */
  readonly step: string | null
  readonly startedAfter: Date | null
  readonly startedBefore: Date | null
  readonly businessKey: string | null
  readonly correlationId: string | null
  readonly parentId: SagaId | null
  /** All of them must be there. */
  readonly attributes: Attributes | null
  /** Words, all of which must be in what went wrong. */
  readonly error: string | null
  readonly ids: readonly SagaId[] | null
}

export type SearchPlace = { readonly startedAt: Date; readonly id: SagaId }

export type FoundSaga = SagaSummary & {
  readonly stepsUnderWay: readonly string[]
  /** What went wrong last, in words. */
  readonly error: string | null
}

export type SearchPage = { readonly before: SearchPlace | null; readonly limit: number }

const columns = `saga_id, name, version, status, steps, error, state, business_key, correlation_id,
  parent_id, attributes, started_at, updated_at, ended_at`

type FoundRow = Row & {
  readonly saga_id: SagaId
  readonly name: string
  readonly version: number
  readonly status: SagaStatus
  readonly steps: readonly string[]
  readonly error: string | null
  readonly state: Json
  readonly business_key: string | null
  readonly correlation_id: string | null
  readonly parent_id: SagaId | null
  readonly attributes: readonly string[] | null
  readonly started_at: Date
  readonly updated_at: Date
  readonly ended_at: Date | null
}

export async function searchSagas(
  db: Db,
  filter: SearchFilter,
  page: SearchPage,
): Promise<readonly FoundSaga[]> {
  const { text, values } = searchStatement(filter, page, columns)
  const { rows } = await db.query<FoundRow>({ text }, values)
  return rows.map(toFound)
}

/** Ids and names alone, for many sagas at once. */
export async function searchIds(
  db: Pick<Db, 'query'>,
  filter: SearchFilter,
  limit: number,
): Promise<readonly { readonly id: SagaId; readonly name: string }[]> {
  const page = { before: null, limit }
  const { text, values } = searchStatement(filter, page, 'saga_id as id, name')
  return (await db.query<Row & { readonly id: SagaId; readonly name: string }>({ text }, values))
    .rows
}

function toFound(row: FoundRow): FoundSaga {
  return {
    id: row.saga_id,
    name: row.name,
    version: row.version,
    status: row.status,
    stepsUnderWay: row.steps,
    error: row.error,
    state: row.state,
    businessKey: row.business_key,
    correlationId: row.correlation_id,
    parentId: row.parent_id,
    attributes: attributesOf(row.attributes ?? []),
    startedAt: row.started_at,
    updatedAt: row.updated_at,
    endedAt: row.ended_at,
  }
}
