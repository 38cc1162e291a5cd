// Time passes: everything that is due, in order of time, and when to look again.
import type { Json } from '../../messaging/message.ts'
import { attemptDue } from './attempts.ts'
import { beginCompensation, isPastReturn } from './compensate.ts'
import { isBarred, moveForward } from './forward.ts'
import { type Guarded, type Move, type Place, patchSaga, stepAt } from './move.ts'
import { flag } from './park.ts'
import type { Saga } from './saga.ts'
import { begin, giveUpWaiting } from './start.ts'
import { troubleFor } from './trouble.ts'
import { waitsFor } from './waits-for.ts'

/** Timers of the chart, pauses, timeouts, deadlines, and starts that were for later. */
export function wake(move: Move, guarded: Guarded): null {
  for (const item of dueItems(move.saga, move.now)) {
    if (!isTicking(move.saga, item.type)) continue
    const place = item.type === 'step' ? item.place : null
    guarded(move, place, () => settle(move, item))
  }
  return null
}

/** What came due while its clock stood still follows as soon as that goes on. */
export function wakeAt(saga: Saga): number | null {
  let earliest = Infinity
  if (isTicking(saga, 'start')) earliest = saga.startDueAt ?? earliest
  if (isTicking(saga, 'deadline')) earliest = Math.min(earliest, saga.deadlineAt ?? Infinity)
  const timers = isTicking(saga, 'timer') ? saga.timers : []
  const steps = isTicking(saga, 'step') ? saga.steps : []
  for (const { dueAt } of [...timers, ...steps]) earliest = Math.min(earliest, dueAt ?? Infinity)
  return earliest === Infinity ? null : earliest
}

/**
 * Time stands still for a saga that a person holds. In one that is stuck the parked steps wait for
 * a person, and what stands beside them goes on; but a start or a timer that the definition could
 * not take would only fail again, and a bug of ours must not be met over and over.
 */
function isTicking({ status, stuck }: Saga, clock: DueItem['type']): boolean {
  if (status === 'paused') return false
  if (status !== 'stuck' || stuck === null) return true
  if (stuck.step !== null) return clock !== 'start'
  return !isBug(stuck.reason) && (clock === 'step' || clock === 'deadline')
}

function isBug(reason: Json): boolean {
  return (reason as { readonly code?: unknown } | null)?.code === 'INVARIANT_BROKEN'
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
  const event = { type: 'timer', event: timer.event } as const
  if (isBarred(move, event) && waitsForMore(move)) {
    flag(move, troubleFor(`the timer ${id} would turn back past the point of no return`))
  } else moveForward(move, event, `timer ${id}`)
}

/** Something else can still move the saga, so that it need not stand still. */
function waitsForMore({ definition, saga }: Move): boolean {
  const isPending = saga.steps.some(({ outcome }) => outcome === 'pending')
  return isPending || saga.timers.length > 0 || waitsFor(definition, saga).length > 0
}

/** The whole saga has taken too long: it turns back where it can, and is reported where not. */
function overdue(move: Move): void {
  patchSaga(move, { deadlineAt: null })
  move.facts.push({ type: 'saga.overdue' })
  const trouble = troubleFor('the saga is past its deadline')
  if (isPastReturn(move)) flag(move, trouble)
  else beginCompensation(move, trouble)
}
