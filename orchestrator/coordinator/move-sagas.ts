// One transaction that moves sagas by events: from what this process knows of them, in one round
// trip and on the condition that it is so still; or under their locks, after a look at them.
import type { Db, Queries } from '../../messaging/db.ts'
import type { SagaId } from '../../messaging/message.ts'
import type { Registry } from '../definition/registry.ts'
import type { OnOrchestratorPoint } from '../points.ts'
import { lockSagas } from '../store/lock-sagas.ts'
import type { RecentSagas } from '../store/recent-sagas.ts'
import type { RowCipher } from '../store/row-cipher.ts'
import type { StoredSaga } from '../store/saga-rows.ts'
import { type BatchOfChanges, type Written, writeSagas } from '../store/write-sagas.ts'
import type { DbClock } from './db-clock.ts'
import { type Folded, foldSagas, type Incoming } from './fold-sagas.ts'
import { foldWithLocks } from './fold-with-locks.ts'

export type MoveDependencies = {
  readonly db: Db
  readonly registry: Registry
  readonly rows: RowCipher
  readonly recent: RecentSagas
  readonly dbClock: DbClock
  readonly onPoint: OnOrchestratorPoint
}

export type Moved = {
  readonly folded: Folded
  /** Sagas outside the batch that came to the head of a queue: woken durably, and soon at best. */
  readonly next: readonly SagaId[]
}

/**
 * Moves those sagas that are as they were when this process wrote them last, by the clock of Postgres
 * as it is known here. `folded` is of their events alone. Nothing of the others is written: they
 * are forgotten, or did not move by what is known.
 */
export async function moveKnown(
  given: MoveDependencies,
  batchId: string,
  items: readonly Incoming[],
): Promise<Moved & { readonly moved: ReadonlySet<SagaId> }> {
  const { db, recent, dbClock, onPoint } = given
  const guess = foldSagas(given, { sagas: knownSagas(given, items), now: dbClock.now() }, items)
  if (guess.changed.length === 0) return { folded: guess, next: [], moved: new Set() }
  await onPoint('advance.before-commit')
  const mark = dbClock.mark()
  // One statement, which needs no transaction around it.
  const alone: Queries = { query: (sql, values) => db.query(sql, values, { isByKey: true }) }
  const written = await write(alone, given, { folded: guess, batchId, isLocked: false })
  dbClock.observe(written.now, mark)
  const moved = new Set(written.moved.map(({ id }) => id))
  for (const { saga } of guess.changed) if (!moved.has(saga.id)) recent.drop(saga.id)
  recent.keep(written.moved)
  return { folded: onlyOf(guess, moved, items), next: [], moved }
}

/** What they are is read under their locks, and the time after every wait for one. */
export async function moveLocked(
  given: MoveDependencies,
  batchId: string,
  items: readonly Incoming[],
): Promise<Moved> {
  const { db, rows, recent, dbClock, onPoint } = given
  const { writing, ...moved } = await db.transaction(
    async (tx) => {
      const mark = dbClock.mark()
      const locked = await lockSagas(tx, rows, [...new Set(items.map(({ sagaId }) => sagaId))])
      dbClock.observe(locked.now, mark)
      const result = await foldWithLocks(tx, given, { locked, items })
      await onPoint('advance.before-commit')
      const { folded } = result
      const isMoved = folded.changed.length > 0
      const writing = isMoved ? write(tx, given, { folded, batchId, isLocked: true }) : null
      return { ...result, writing }
    },
    { isByKey: true },
  )
  const written = await writing
  if (written !== null) recent.keep(written.moved)
  return moved
}

function knownSagas(
  { recent, rows }: MoveDependencies,
  items: readonly Incoming[],
): ReadonlyMap<SagaId, StoredSaga> {
  const sagas = new Map<SagaId, StoredSaga>()
  for (const { sagaId } of items) {
    if (sagas.has(sagaId)) continue
    const row = recent.find(sagaId)
    if (row !== null) sagas.set(sagaId, rows.read(row))
  }
  return sagas
}

/** Not folded anew: what is told must be what was written. */
function onlyOf(folded: Folded, moved: ReadonlySet<SagaId>, items: readonly Incoming[]): Folded {
  if (items.every(({ sagaId }) => moved.has(sagaId))) return folded
  const isItem = (_: unknown, index: number) => moved.has(items[index]?.sagaId as SagaId)
  return {
    ...folded,
    changed: folded.changed.filter(({ saga }) => moved.has(saga.id)),
    history: folded.history.filter(({ saga }) => moved.has(saga.id)),
    commands: folded.commands.filter(({ command }) => moved.has(command.sagaId)),
    replies: folded.replies.filter(({ child }) => moved.has(child)),
    resting: folded.resting.filter(({ id }) => moved.has(id)),
    problems: folded.problems.filter(isItem),
    facts: folded.facts.filter(isItem),
  }
}

/** A commit behind it waits for it, and fails by its failure. */
function write(
  on: Queries,
  { rows }: MoveDependencies,
  { folded, ...how }: Pick<BatchOfChanges, 'batchId' | 'isLocked'> & { readonly folded: Folded },
): Promise<Written> {
  const publishing = [...new Set(folded.history.map(({ saga }) => saga.id))]
  const writing = writeSagas(on, { ...folded, ...how, publishing, rows })
  writing.catch(() => undefined)
  return writing
}
