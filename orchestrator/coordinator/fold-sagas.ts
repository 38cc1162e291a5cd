// From locked sagas and the events that came for them to what must be written and sent. No I/O:
// each saga's events go through `advance` in the order they came.
import type { SagalineError } from '../../messaging/errors.ts'
import type { MessageId, SagaId } from '../../messaging/message.ts'
import type { Registry } from '../definition/registry.ts'
import { isSensitiveDefinition } from '../definition/sensitive-definition.ts'
import { advance } from '../engine/advance.ts'
import type { CommandToSend, Fact, SagaEvent } from '../engine/event.ts'
import { isEnded, type Saga, type SagaTrace } from '../engine/saga.ts'
import { orchestratorError } from '../errors.ts'
import type { HistoryEntry } from '../store/history-entry.ts'
import type { LockedSagas } from '../store/lock-sagas.ts'
import type { RowCipher } from '../store/row-cipher.ts'
import type { StoredSaga } from '../store/saga-rows.ts'
import type { SagaView } from '../store/saga-view.ts'
import type { ChangedSaga } from '../store/write-sagas.ts'
import type { ChildReply } from './command-message.ts'
import { planUnderLock } from './plan-under-lock.ts'

export type Incoming = {
  readonly sagaId: SagaId
  readonly event: SagaEvent
  /** The message that brought it, where there is one. */
  readonly cause: MessageId | null
  /** Somebody waits for what becomes of it, and may ask again. */
  readonly isAsked?: boolean
}

/** A saga that just ended or got stuck, and how it looks. */
export type RestingSaga = { readonly id: SagaId; readonly view: () => SagaView }

/** A saga with semantic locks that an event came for. */
export type LockChange = { readonly before: Saga; readonly after: Saga }

export type FoldedCommand = {
  readonly command: CommandToSend
  readonly cause: MessageId | null
  readonly trace: SagaTrace | null
}

export type FoldedReply = ChildReply & {
  readonly child: SagaId
  readonly trace: SagaTrace | null
}

export type Folded = {
  readonly changed: readonly ChangedSaga[]
  readonly history: readonly HistoryEntry[]
  readonly commands: readonly FoldedCommand[]
  readonly replies: readonly FoldedReply[]
  readonly locking: readonly LockChange[]
  /** Sagas that somebody may be waiting for: they ended, or are stuck. */
  readonly resting: readonly RestingSaga[]
  readonly now: number
  /** By item: why its event could not be used, or null. */
  readonly problems: readonly (SagalineError | null)[]
  /** By item: what came of its event. */
  readonly facts: readonly (readonly Fact[])[]
  /** Of the sagas that changed, in ms since the epoch. */
  readonly startedAt: ReadonlyMap<SagaId, number>
  /** By how many ms wake-ups came after the moment that they were set for. */
  readonly lateMs: readonly number[]
}

type Fold = {
  readonly changed: ChangedSaga[]
  readonly history: HistoryEntry[]
  readonly commands: FoldedCommand[]
  readonly replies: FoldedReply[]
  readonly locking: LockChange[]
  readonly resting: RestingSaga[]
  readonly now: number
  readonly problems: (SagalineError | null)[]
  readonly facts: (readonly Fact[])[]
  readonly startedAt: Map<SagaId, number>
  readonly lateMs: number[]
}

type Slot = { readonly item: Incoming; readonly index: number }

export type FoldDependencies = { readonly registry: Registry; readonly rows: RowCipher }

export function foldSagas(
  given: FoldDependencies,
  locked: LockedSagas,
  items: readonly Incoming[],
): Folded {
  const fold: Fold = {
    changed: [],
    history: [],
    commands: [],
    replies: [],
    locking: [],
    resting: [],
    problems: items.map(() => null),
    facts: items.map(() => []),
    startedAt: new Map(),
    lateMs: [],
    now: locked.now,
  }
  for (const [id, slots] of bySaga(items)) {
    const stored = locked.sagas.get(id)
    const problem = stored ? (stored.problem ?? missingDefinition(given, stored)) : missingSaga(id)
    if (problem !== null) for (const { index } of slots) fold.problems[index] = problem
    else if (stored) foldSaga(fold, { ...given, stored, slots, now: locked.now })
  }
  return fold
}

function bySaga(items: readonly Incoming[]): ReadonlyMap<SagaId, readonly Slot[]> {
  const sagas = new Map<SagaId, Slot[]>()
  items.forEach((item, index) => {
    const slots = sagas.get(item.sagaId)
    if (slots) slots.push({ item, index })
    else sagas.set(item.sagaId, [{ item, index }])
  })
  return sagas
}

const missingSaga = (id: SagaId): SagalineError => orchestratorError('SAGA_NOT_FOUND', { id })

function missingDefinition(
  { registry }: { readonly registry: Registry },
  { saga, definitionHash }: StoredSaga,
) {
  const definition = registry.version(saga.name, saga.version)
  if (definition?.hash === definitionHash) return null
  const missing = `${saga.name}@${saga.version} (${definitionHash})`
  return orchestratorError('DEFINITION_MISSING', { missing })
}

function foldSaga(
  fold: Fold,
  given: {
    registry: Registry
    rows: RowCipher
    stored: StoredSaga
    slots: readonly Slot[]
    now: number
  },
): void {
  const { registry, rows, stored, slots, now } = given
  let { saga } = stored
  const pinned = registry.version(saga.name, saga.version)
  if (pinned === null) return
  let definition = pinned
  let wakeAt: number | null = stored.wakeAt
  for (const { item, index } of slots) {
    const { cause } = item
    let { event } = item
    if (event.type === 'migrated') {
      const { startedAt } = stored
      const planned = planUnderLock(registry, { definition, saga, startedAt, event })
      if ('problem' in planned) {
        fold.problems[index] = planned.problem
        continue
      }
      ;({ definition, event } = planned)
    }
    const step = advance(definition, saga, event, now)
    fold.problems[index] = step.problem
    fold.facts[index] = step.facts
    if (step.facts.length > 0) {
      const { businessKey } = stored
      fold.history.push({ saga: step.saga, event, facts: step.facts, at: now, businessKey })
    }
    const { trace } = step.saga
    fold.commands.push(...step.commands.map((command) => ({ command, cause, trace })))
    const isSecret = isSensitiveDefinition(definition)
    for (const reply of step.replies) fold.replies.push({ child: saga.id, reply, isSecret, trace })
    saga = step.saga
    wakeAt = step.wakeAt
  }
  if (saga.locks.length > 0) fold.locking.push({ before: stored.saga, after: saga })
  const isWoken = slots.some(({ item }) => item.event.type === 'woken')
  const wake = wakeChange(stored, { wakeAt, now, isWoken })
  if (saga === stored.saga && wake === 'keep') return
  const grows = slots.some(({ item }) => takesData(item.event))
  const due = wake === 'keep' ? stored.wakeAt : wakeAt
  const changed = { saga, before: stored, wakeAt: due, wake, grows }
  noteTimes(fold, stored, isWoken)
  const isMigrated = definition !== pinned
  fold.changed.push(isMigrated ? { ...changed, definitionHash: definition.hash } : changed)
  if (saga.status === stored.saga.status) return
  if (isEnded(saga) || saga.status === 'stuck') {
    const times = { updatedAt: now, endedAt: isEnded(saga) ? now : null }
    const latest = { saga, wakeAt, definitionHash: definition.hash }
    fold.resting.push({ id: saga.id, view: () => rows.view({ ...stored, ...latest }, times) })
  }
}

/** For whoever counts. */
function noteTimes(fold: Fold, { saga, startedAt, wakeAt }: StoredSaga, isWoken: boolean): void {
  fold.startedAt.set(saga.id, startedAt)
  if (isWoken && wakeAt !== null && wakeAt <= fold.now) fold.lateMs.push(fold.now - wakeAt)
}

/** What persons ask and time brings is small; answers, theirs as well, may hold anything. */
function takesData(event: SagaEvent): boolean {
  switch (event.type) {
    case 'replied':
      return event.outcome !== 'failed'
    case 'operated':
      return event.verb === 'skip'
    default:
      return event.type === 'signalled'
  }
}

/**
 * The row in `timers` is only touched when it would wake the saga too late, has fired, or is no
 * longer needed: on the usual path it is written at the start and dropped at the end.
 */
function wakeChange(
  stored: StoredSaga,
  given: { wakeAt: number | null; now: number; isWoken: boolean },
): ChangedSaga['wake'] {
  const { wakeAt, now, isWoken } = given
  if (wakeAt === null) return stored.wakeAt === null && !isWoken ? 'keep' : 'drop'
  const isSet = stored.wakeAt !== null && stored.wakeAt > now && stored.wakeAt <= wakeAt
  // Whoever released a lock may have woken it before its time: then that row has to be moved on.
  if (isWoken && stored.saga.locks.length > 0) return 'set'
  return isSet ? 'keep' : 'set'
}
