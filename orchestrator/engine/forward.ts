// Going forward: an event reaches the statechart, and what it wants next is begun.
import type { Json } from '../../messaging/message.ts'
import { orchestratorError } from '../errors.ts'
import { chartOf } from './chart.ts'
import { beginCompensation, finish, isPastReturn, settleUnknown } from './compensate.ts'
import {
  allowAttempts,
  invokeOf,
  type Move,
  patchSaga,
  patchStep,
  send,
  stepAt,
  stepDefinition,
} from './move.ts'
import { flag, goesForward, isParked, park, unpark } from './park.ts'
import type { KeptSignal, StepState, TimerState, Trouble } from './saga.ts'
import type { ChartEvent, ChartMove, ChartTimer } from './statechart.ts'
import { troubleFor } from './trouble.ts'
import { orderOf } from './undo-order.ts'

/** Visits of all steps of one saga: a loop without end must not fill the database. */
export const visitsMax = 2_000

/**
 * `reason` is why the saga turns back, if it does.
 * @throws SAGA_DEFINITION_FAILED when a function of the definition throws.
 */
export function moveForward(move: Move, event: ChartEvent, reason: Json): void {
  const chart = chartOf(move.definition).move(move.saga, event)
  if (chart.end === 'failed' && isPastReturn(move)) stayPastReturn(move, event, reason)
  else applyChartMove(move, chart, troubleOf(move, event, reason))
}

/** The event would turn back a saga for which there is no way back. */
export function isBarred(move: Move, event: ChartEvent): boolean {
  if (!isPastReturn(move)) return false
  return chartOf(move.definition).move(move.saga, event).end === 'failed'
}

export function applyChartMove(move: Move, chart: ChartMove, trouble: Trouble): void {
  const { value, context, historyValue } = chart
  patchSaga(move, { value, context, historyValue, timers: nextTimers(move, chart) })
  if (chart.end === 'failed') {
    beginCompensation(move, trouble)
    return
  }
  leaveSteps(move, chart)
  unpark(move)
  for (const entry of chart.entered) {
    if (entry.type === 'invoke') enterStep(move, entry.invoke, entry.payload)
    else enterGroup(move, entry.group)
  }
  for (const detail of chart.escalations) move.facts.push({ type: 'approval.escalated', detail })
  if (chart.end === 'completed') finish(move)
  else deliverKept(move)
}

/** A signal that came early reaches the first state that waits for it, in the order they came.
 * `held` is how much of what was held during a pause was taken up so far. */
export function deliverKept(move: Move, held = Infinity): void {
  const { definition, saga } = move
  if (saga.signals.length === 0 || !goesForward(saga)) return
  const chart = chartOf(definition)
  const hasCome = ({ heldBefore = 0 }: KeptSignal) => heldBefore <= held
  const next = saga.signals.find(
    (signal) => hasCome(signal) && chart.accepts(saga, signalEvent(signal)),
  )
  if (next === undefined) return
  patchSaga(move, { signals: saga.signals.filter((other) => other !== next) })
  if (isBarred(move, signalEvent(next))) {
    drop(move, next)
    deliverKept(move, held)
  } else deliver(move, next)
}

/** Whoever sent it was told that it is kept, so a person must know what became of it. */
function drop(move: Move, { id, name }: KeptSignal): void {
  move.facts.push({ type: 'signal.dropped', detail: { id, name } })
  flag(move, troubleFor(`the signal ${name} would turn back past the point of no return`))
}

export function deliver(move: Move, signal: KeptSignal): void {
  const { id, name, data, actor } = signal
  move.facts.push({ type: 'signal.delivered', detail: { id, name, actor } })
  moveForward(move, signalEvent(signal), { signal: name, data, actor })
}

export function signalEvent({ name, data, actor }: KeptSignal): ChartEvent {
  return { type: 'signal', name, data, actor }
}

/**
 * The chart wants to turn back where there is no way back: it stays where it was, and a person
 * must see to the step that did not go well.
 */
function stayPastReturn(move: Move, event: ChartEvent, reason: Json): void {
  if (event.type !== 'error') {
    const problem = 'it fails after its point of no return'
    throw orchestratorError('SAGA_DEFINITION_FAILED', { name: move.definition.name, problem })
  }
  const index = lastVisit(move, event.invoke)
  const { outcome } = stepAt(move, index)
  patchStep(move, index, { outcome: outcome === 'unknown' ? 'pending' : outcome })
  park(move, { index, direction: 'do' }, reason)
}

function troubleOf(move: Move, event: ChartEvent, reason: Json): Trouble {
  if (event.type === 'timer' || event.type === 'signal') {
    return troubleFor(reason)
  }
  const { name, visit } = stepAt(move, lastVisit(move, event.invoke))
  return { step: name, visit, direction: 'do', reason }
}

function lastVisit(move: Move, invoke: string): number {
  return move.saga.steps.findLastIndex((step) => invokeOf(step) === invoke)
}

function enterGroup(move: Move, group: string): void {
  const { groups, steps } = move.saga
  patchSaga(move, { groups: { ...groups, [group]: steps.length } })
}

function enterStep(move: Move, invoke: string, payload: Json): void {
  const [name = invoke, lane] = invoke.split('#')
  const misfit = stepDefinition(move, name).command.checkPayload(payload)
  if (misfit !== null) {
    throw failed(move, `its payload for ${name} does not fit: ${misfit}`)
  }
  if (move.saga.steps.length >= visitsMax)
    throw failed(move, `it takes more than ${visitsMax} steps`)
  const order = orderOf(move.saga, move.definition.paths.get(invoke))
  const where = lane === undefined ? {} : { lane: Number(lane) }
  addVisit(move, { name, payload, ...where, ...(order !== undefined && { order }) })
}

function failed(move: Move, problem: string): Error {
  return orchestratorError('SAGA_DEFINITION_FAILED', { name: move.definition.name, problem })
}

/** Adds a visit and sends its command: what may need an undo is known before anything is sent. */
export function addVisit(
  move: Move,
  entered: Pick<StepState, 'name' | 'payload' | 'lane' | 'order'>,
): void {
  const { steps } = move.saga
  const step: StepState = {
    name: entered.name,
    visit: steps.filter((other) => other.name === entered.name).length + 1,
    outcome: 'pending',
    undo: 'none',
    attempts: 0,
    attemptsMax: 0,
    isPaused: false,
    dueAt: null,
    issuedAt: move.now,
    ...(entered.lane !== undefined && { lane: entered.lane }),
    ...(entered.order !== undefined && { order: entered.order }),
    payload: entered.payload,
    error: null,
  }
  patchSaga(move, { steps: [...steps, step] })
  const place = { index: steps.length, direction: 'do' } as const
  allowAttempts(move, place)
  send(move, place)
}

/** An invoke that was left before its answer may have been done. */
function leaveSteps(move: Move, chart: ChartMove): void {
  const entered = new Set(
    chart.entered.flatMap((entry) => (entry.type === 'invoke' ? [entry.invoke] : [])),
  )
  move.saga.steps.forEach((step, index) => {
    const invoke = invokeOf(step)
    if (!entered.has(invoke) && chart.active.has(invoke)) return
    if (step.outcome === 'pending') settleUnknown(move, index, 'left before its answer')
    else if (isParked(step)) patchStep(move, index, { isPaused: false })
  })
}

function nextTimers(move: Move, chart: ChartMove): readonly TimerState[] {
  if (chart.end !== null) return []
  if (chart.timersSet.length === 0 && move.saga.timers.length === 0) return move.saga.timers
  const gone = new Set([...chart.timersCancelled, ...chart.timersSet.map((timer) => timer.id)])
  const kept = move.saga.timers.filter((timer) => !gone.has(timer.id))
  return [...kept, ...chart.timersSet.map((timer) => timerState(timer, move.now))]
}

export function timerState({ id, event, time }: ChartTimer, now: number): TimerState {
  const dueAt = 'at' in time ? Math.max(time.at, now) : now + time.afterMs
  return { id, event, dueAt }
}
