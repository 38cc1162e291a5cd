// Rows of `sagas` as records, and records as columns of a multi-row statement.
import { invariant, type SagalineError } from '../../messaging/errors.ts'
import type { SagaId } from '../../messaging/message.ts'
import { ordinary, type Saga, type SagaStatus } from '../engine/saga.ts'

/** What a saga can be searched by, as texts. */
export type Attributes = Readonly<Record<string, string>>

/** A saga with what its row knows beside it. Times in ms since the epoch. */
export type StoredSaga = {
  readonly saga: Saga
  readonly definitionHash: string
  readonly businessKey: string | null
  readonly correlationId: string | null
  readonly attributes: Attributes
  readonly startedAt: number
  /** The wake-up that is set for it in `timers`, or null. */
  readonly wakeAt: number | null
  /** Parts of its row are encrypted. */
  readonly isSealed: boolean
  /** Why these cannot be read: then they are empty here, and the saga must not be moved. */
  readonly problem: SagalineError | null
}

type Row = 'id' | 'name' | 'version' | 'status' | 'revision'
type Snapshot = Omit<Saga, Row | keyof typeof ordinary> & Partial<Pick<Saga, keyof typeof ordinary>>

export type SagaRow = {
  readonly id: string
  readonly name: string
  readonly version: number
  readonly definition_hash: string
  readonly business_key: string | null
  readonly correlation_id: string | null
  readonly attributes: Attributes | null
  readonly started_at_ms: number
  readonly status: string
  readonly revision: number
  readonly snapshot: Snapshot
  readonly wake_at_ms: number | null
}

export function toStoredSaga(row: SagaRow): StoredSaga {
  const { id, name, version, status, revision, snapshot } = row
  invariant(Array.isArray(snapshot.steps), `saga ${id} has a snapshot without steps`)
  const saga: Saga = {
    ...ordinary,
    ...snapshot,
    id: id as SagaId,
    name,
    version,
    status: status as SagaStatus,
    revision,
  }
  return {
    saga,
    definitionHash: row.definition_hash,
    businessKey: row.business_key,
    correlationId: row.correlation_id,
    attributes: row.attributes ?? {},
    startedAt: row.started_at_ms,
    wakeAt: row.wake_at_ms,
    isSealed: false,
    problem: null,
  }
}

/** The columns that have a place of their own are left out, and so is what is ordinary. */
export function toSnapshot(saga: Saga): unknown {
  const { value, context, historyValue, steps, timers, failure, stuck } = saga
  const snapshot: Record<string, unknown> = {
    value,
    context,
    historyValue,
    steps,
    timers,
    failure,
    stuck,
  }
  for (const name of ordinaryNames) {
    if (!isOrdinary(saga[name])) snapshot[name] = saga[name]
  }
  return snapshot
}

const ordinaryNames = Object.keys(ordinary) as readonly (keyof typeof ordinary)[]

function isOrdinary(value: unknown): boolean {
  if (value === null || value === 0 || value === false) return true
  return typeof value === 'object' && Object.keys(value).length === 0
}
