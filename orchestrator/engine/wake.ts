// Time passes: everything that is due, in order of time, and when to look again.
import { attemptDue } from './attempts.ts'
import { beginCompensation, isPastReturn } from './compensate.ts'
import { moveForward } from './forward.ts'
import { type Guarded, type Move, type Place, patchSaga, stepAt } from './move.ts'
import { flag } from './park.ts'
import type { Saga } from './saga.ts'
import { begin, giveUpWaiting, troubleFor } from './start.ts'

/** Timers of the chart, pauses, timeouts, deadlines, and starts that were for later. */
export function wake(move: Move, guarded: Guarded): null {
  for (const item of dueItems(move.saga, move.now)) {
    if (isAsleep(move.saga)) break
    const place = item.type === 'step' ? item.place : null
    guarded(move, place, () => settle(move, item))
  }
  return null
}

/** While a saga is stuck or held its time stands still: what came due meanwhile follows the way
 * out. */
export function wakeAt(saga: Saga): number | null {
  if (isAsleep(saga)) return null
  let earliest: number | null = saga.startDueAt
  const times = [...saga.steps, ...saga.timers, { dueAt: saga.deadlineAt }]
  for (const { dueAt } of times) {
    if (dueAt !== null && (earliest === null || dueAt < earliest)) earliest = dueAt
  }
  return earliest
}

function isAsleep({ status }: Saga): boolean {
  return status === 'stuck' || status === 'paused'
}

type DueItem =
  | { readonly type: 'step'; readonly at: number; readonly place: Place }
  | { readonly type: 'timer'; readonly at: number; readonly timer: string }
  | { readonly type: 'start' | 'deadline'; readonly at: number }

function dueItems(saga: Saga, now: number): readonly DueItem[] {
  const items: DueItem[] = []
  if (isDue(saga.startDueAt, now)) items.push({ type: 'start', at: saga.startDueAt })
  if (isDue(saga.deadlineAt, now)) items.push({ type: 'deadline', at: saga.deadlineAt })
  for (const { dueAt, id } of saga.timers) {
    if (isDue(dueAt, now)) items.push({ type: 'timer', at: dueAt, timer: id })
  }
  saga.steps.forEach(({ dueAt, undo }, index) => {
    if (!isDue(dueAt, now)) return
    const direction = undo === 'pending' ? 'undo' : 'do'
    items.push({ type: 'step', at: dueAt, place: { index, direction } })
  })
  return items.sort((a, b) => a.at - b.at)
}

function isDue(at: number | null, now: number): at is number {
  return at !== null && at <= now
}

/** An earlier item of the same wake-up may have settled this one, or set it anew. */
function settle(move: Move, item: DueItem): void {
  const { saga, now } = move
  if (item.type === 'step') {
    if (isDue(stepAt(move, item.place.index).dueAt, now)) attemptDue(move, item.place)
  } else if (item.type === 'timer') {
    fireTimer(move, item.timer)
  } else if (item.type === 'deadline') {
    if (isDue(saga.deadlineAt, now)) overdue(move)
  } else if (isDue(saga.startDueAt, now)) {
    if (saga.status === 'waiting') giveUpWaiting(move)
    else begin(move)
  }
}

function fireTimer(move: Move, id: string): void {
  const timer = move.saga.timers.find((candidate) => candidate.id === id)
  if (timer === undefined || timer.dueAt > move.now) return
  patchSaga(move, { timers: move.saga.timers.filter((other) => other !== timer) })
  move.facts.push({ type: 'timer.fired', detail: id })
  moveForward(move, { type: 'timer', event: timer.event }, `timer ${id}`)
}

/** The whole saga has taken too long: it turns back where it can, and is reported where not. */
function overdue(move: Move): void {
  patchSaga(move, { deadlineAt: null })
  move.facts.push({ type: 'saga.overdue' })
  const trouble = troubleFor('the saga is past its deadline')
  if (isPastReturn(move)) flag(move, trouble)
  else beginCompensation(move, trouble)
}
