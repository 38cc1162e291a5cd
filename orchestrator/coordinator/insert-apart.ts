// Starts that one statement cannot make: children, whose id may be taken already, sagas with semantic
// locks, which queue for them, and those about a person, whose key must not go meanwhile. All in the
// caller's transaction.
import type { Tx } from '../../messaging/db.ts'
import { messagingError } from '../../messaging/errors.ts'
import type { SagaId } from '../../messaging/message.ts'
import type { SagaDefinition } from '../definition/saga-definition.ts'
import { isSensitiveDefinition } from '../definition/sensitive-definition.ts'
import type { CommandToSend, ReplyToSend } from '../engine/event.ts'
import { isEnded } from '../engine/saga.ts'
import { winKeys } from '../store/idempotency-keys.ts'
import { insertSagas, type NewSaga } from '../store/insert-sagas.ts'
import { readClock } from '../store/lock-sagas.ts'
import { serializeBy, wakeSoon } from '../store/locks.ts'
import type { RowCipher } from '../store/row-cipher.ts'
import type { StoredSaga } from '../store/saga-rows.ts'
import { findSagas } from '../store/sagas.ts'
import { holdSubjectKeys, noteSubjects } from '../store/subject-keys.ts'
import { foldNext } from './fold-start.ts'
import { lockName, settleLocks } from './settle-locks.ts'
import type { ChildStart } from './start-saga.ts'

export type StartToInsert = {
  readonly definition: SagaDefinition
  readonly row: NewSaga
  readonly commands: readonly CommandToSend[]
  readonly replies: readonly ReplyToSend[]
  readonly child: ChildStart | null
}

export type KnownSaga = Pick<StoredSaga, 'saga' | 'isSealed' | 'problem'>

export type InsertedApart<T> = {
  /** What began, with what it sends; the others lost their key or were known. */
  readonly begun: ReadonlyMap<T, StartToInsert>
  /** The sagas that are there now, by id. */
  readonly known: ReadonlyMap<SagaId, KnownSaga>
}

type ApartBatch<T> = {
  readonly batchId: string
  readonly starts: readonly T[]
  readonly rows: RowCipher
}

export async function insertApart<T extends StartToInsert>(
  tx: Tx,
  { batchId, starts, rows: cipher }: ApartBatch<T>,
): Promise<InsertedApart<T>> {
  await serializeBy(tx, namesOf(starts))
  const [stored, now] = await Promise.all([findSagas(tx, cipher, idsOf(starts)), readClock(tx)])
  const known = new Map<SagaId, KnownSaga>(stored.map((one) => [one.saga.id, one]))
  const fresh = starts.filter(({ row }) => !known.has(row.saga.id))
  const joining = new Map<SagaId, StartToInsert>()
  const begun = new Map<T, StartToInsert>()
  const winners = await winnersOf(tx, fresh)
  for (const one of winners) if (!joining.has(one.row.saga.id)) joining.set(one.row.saga.id, one)
  const joined = winners.filter((one) => joining.get(one.row.saga.id) === one)
  await holdSubjects(tx, cipher, [...joining.values()])
  await takeLocks(tx, joining, now)
  const sagas = [...joining.values()].map(({ row }) => ({ ...row, key: null, bodyHash: null }))
  if (sagas.length > 0) await insertSagas(tx, { batchId, sagas, rows: cipher })
  for (const { row, definition } of joining.values()) {
    const isSealed = isSensitiveDefinition(definition)
    known.set(row.saga.id, { saga: row.saga, isSealed, problem: null })
  }
  for (const one of joined) begun.set(one, joining.get(one.row.saga.id) ?? one)
  return { begun, known }
}

/**
 * Whose data they have; nobody can destroy their keys before the commit.
 * @throws SUBJECT_ERASED when somebody has: a new try gets a new key.
 */
async function holdSubjects(
  tx: Tx,
  cipher: RowCipher,
  starts: readonly StartToInsert[],
): Promise<void> {
  const about = starts.flatMap(({ row: { saga } }) => {
    const { id, subjectKey } = saga
    return subjectKey === null ? [] : [{ id, subjectKey }]
  })
  if (about.length === 0) return
  const keys = about.map(({ subjectKey }) => subjectKey)
  const held = await holdSubjectKeys(tx, keys)
  const erased = keys.find((key) => !held.has(key))
  if (erased !== undefined) throw messagingError('SUBJECT_ERASED', { id: erased })
  await cipher.load(
    tx,
    about.map((snapshot) => ({ snapshot })),
  )
  noteSubjects(tx, about)
}

/** Two starts of one child wait for each other, and so do all that want the same lock. */
function namesOf(starts: readonly StartToInsert[]): readonly string[] {
  const names = starts.flatMap(({ row, child }) => [
    ...(child === null ? [] : [`child ${child.id}`]),
    ...row.saga.locks.map(lockName),
  ])
  return [...new Set(names)]
}

function idsOf(starts: readonly StartToInsert[]): readonly SagaId[] {
  return starts.map(({ row }) => row.saga.id)
}

async function winnersOf<T extends StartToInsert>(
  tx: Tx,
  fresh: readonly T[],
): Promise<readonly T[]> {
  const asked = fresh.flatMap(({ row: { saga, key, bodyHash } }) =>
    key === null ? [] : [{ name: saga.name, key, bodyHash: bodyHash ?? '', sagaId: saga.id }],
  )
  if (asked.length === 0) return fresh
  const won = await winKeys(tx, asked)
  return fresh.filter(({ row }) => row.key === null || won.has(row.saga.id))
}

/** Those that hold all their locks at once begin; the others wait in their queues. */
async function takeLocks(tx: Tx, joining: Map<SagaId, StartToInsert>, now: number): Promise<void> {
  const locking = [...joining.values()].flatMap(({ row: { saga } }) =>
    saga.locks.length === 0 ? [] : [saga],
  )
  if (locking.length === 0) return
  const arriving = locking.filter(({ status }) => status === 'waiting')
  const current = () => [...joining.values()].map(({ row }) => row.saga)
  const heads = await settleLocks(tx, {
    arriving,
    look: () => ({
      waiting: current().flatMap(({ id, status }) => (status === 'waiting' ? [id] : [])),
      ended: current().flatMap((saga) => (saga.locks.length > 0 && isEnded(saga) ? [saga.id] : [])),
    }),
    grant: (ids) => {
      for (const id of ids) {
        const start = joining.get(id)
        if (start !== undefined) joining.set(id, withLocks(start, now))
      }
    },
  })
  const next = [...heads].filter((id) => !joining.has(id))
  if (next.length > 0) await wakeSoon(tx, next)
}

function withLocks(start: StartToInsert, now: number): StartToInsert {
  const { definition, row } = start
  const event = { type: 'locked' } as const
  const at = Math.max(now, row.history.at(-1)?.at ?? now)
  const { commands, replies, ...saga } = foldNext(
    definition,
    { ...start, ...row },
    {
      event,
      now: at,
      businessKey: row.businessKey,
    },
  )
  return { ...start, row: { ...row, ...saga }, commands, replies }
}
