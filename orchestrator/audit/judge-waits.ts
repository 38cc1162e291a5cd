// Whether a saga has ended properly, or has a next thing that it waits for: a timer, the answer to
// a command, its place in the queue of a lock, a signal, or a person. Pure.
import type { Registry } from '../definition/registry.ts'
import { hasBegun, isParked } from '../engine/park.ts'
import { isEnded, type Saga, type StepState } from '../engine/saga.ts'
import { waitsFor } from '../engine/waits-for.ts'
import { wakeAt } from '../engine/wake.ts'
import type { StoredSaga } from '../store/saga-rows.ts'
import type { AuditedSaga } from './audited.ts'
import { type Breach, breach, type Finding, notJudged } from './breaches.ts'
import { definitionOf } from './definition-of.ts'

export type WaitingWith = {
  readonly registry: Registry
  /** By the clock of the database that the saga was read from. */
  readonly now: number
  /** How late things may be without a breach. */
  readonly graceMs: number
}

export function judgeWaits(audited: AuditedSaga, given: WaitingWith): readonly Finding[] {
  const { id, stored, problem, isEndDated } = audited
  if (stored === null) return [breach('saga.unreadable', id, problem ?? '')]
  const { saga } = stored
  const dated = isEnded(saga) === isEndDated
  const undated = dated ? [] : [breach('saga.end-undated', id, `it is ${saga.status}`)]
  if (isEnded(saga)) return [...undated, ...judgeEnd(saga)]
  return [
    ...undated,
    ...judgeTimer(audited, saga, given),
    ...judgeLocks(audited, saga, given),
    ...judgeNext(stored, given.registry),
  ]
}

function judgeEnd(saga: Saga): readonly Breach[] {
  return saga.steps
    .filter((step) => isLoose(saga, step))
    .map(({ name, visit, outcome, undo }) => {
      const subject = `${name}/${visit} is ${outcome}, its undo ${undo}, in a ${saga.status} saga`
      return breach('saga.steps-contradict-its-end', saga.id, subject)
    })
}

/** A person who terminates or abandons a saga leaves what was done; nothing else ends so. */
function isLoose({ status }: Saga, { outcome, undo }: StepState): boolean {
  if (outcome === 'pending' || undo === 'pending') return true
  if (undo !== 'none') return outcome === 'refused'
  if (status === 'completed') return outcome === 'unknown'
  return status === 'compensated' && (outcome === 'done' || outcome === 'unknown')
}

/** Between the time in a row and the number in a snapshot. */
const roundingMs = 1

function judgeTimer(
  { id, timerDueAt }: AuditedSaga,
  saga: Saga,
  { now, graceMs }: WaitingWith,
): readonly Breach[] {
  if (timerDueAt !== null && timerDueAt < now - graceMs) {
    return [breach('timer.overdue', id, `for ${Math.round((now - timerDueAt) / 1000)} s`)]
  }
  const at = wakeAt(saga)
  if (at === null || (timerDueAt !== null && timerDueAt <= at + roundingMs)) return []
  const set = timerDueAt === null ? 'none is set' : `set is ${new Date(timerDueAt).toISOString()}`
  return [breach('timer.missing', id, `it waits for ${new Date(at).toISOString()}, ${set}`)]
}

function judgeLocks(
  { id, places, timerDueAt }: AuditedSaga,
  saga: Saga,
  { now, graceMs }: WaitingWith,
): readonly Breach[] {
  const { locks, status } = saga
  // A child that is taken back after its end does not take its locks again.
  const isTakenBack = saga.undoCommandId !== null
  if (locks.length === 0 || isTakenBack || !(status === 'waiting' || hasBegun(saga))) return []
  const held = new Set(places.map(({ key }) => key))
  const missing = locks.filter((key) => !held.has(key))
  if (missing.length > 0)
    return [breach('lock.missing', id, `${missing.length} of ${locks.length}`)]
  const isFirst = places.every(({ isHolder }) => isHolder)
  const isSoon = timerDueAt !== null && timerDueAt <= now + graceMs
  if (status !== 'waiting' || !isFirst || isSoon) return []
  return [breach('lock.not-handed-on', id, 'it holds all its keys, and is not told so')]
}

function judgeNext(stored: StoredSaga, registry: Registry): readonly Finding[] {
  const { saga } = stored
  // Those wait for a person.
  if (saga.status === 'stuck' || saga.status === 'paused') return []
  const lost = saga.steps.find(waitsInVain)
  if (lost) {
    const subject = `${lost.name}/${lost.visit} is pending, and no answer is due`
    return [breach('saga.waits-for-nothing', saga.id, subject)]
  }
  if (wakeAt(saga) !== null) return []
  const { definition, missing } = definitionOf(registry, stored)
  if (missing !== null) return [notJudged(saga.id, missing)]
  if (waitsFor(definition, saga).length > 0) return []
  return [breach('saga.waits-for-nothing', saga.id, `it is ${saga.status}`)]
}

function waitsInVain(step: StepState): boolean {
  const isPending = step.outcome === 'pending' || step.undo === 'pending'
  return isPending && step.dueAt === null && !isParked(step)
}
