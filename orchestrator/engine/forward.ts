// Going forward: an event reaches the statechart, and what it wants next is begun.
import type { Json } from '../../messaging/message.ts'
import { orchestratorError } from '../errors.ts'
import { chartOf } from './chart.ts'
import { beginCompensation, isPastReturn } from './compensate.ts'
import { type Move, note, patchSaga, patchStep, send, stepAt, stepDefinition } from './move.ts'
import { isParked, park, unpark } from './park.ts'
import type { TimerState, Trouble } from './saga.ts'
import type { ChartEvent, ChartMove } from './statechart.ts'

/**
 * `reason` is why the saga turns back, if it does.
 * @throws SAGA_DEFINITION_FAILED when a function of the definition throws.
 */
export function moveForward(move: Move, event: ChartEvent, reason: Json): void {
  const chart = chartOf(move.definition).move(move.saga, event)
  if (chart.end === 'failed' && isPastReturn(move)) stayPastReturn(move, event, reason)
  else applyChartMove(move, chart, troubleOf(move, event, reason))
}

export function applyChartMove(move: Move, chart: ChartMove, trouble: Trouble): void {
  const { value, context, historyValue } = chart
  patchSaga(move, { value, context, historyValue, timers: nextTimers(move, chart) })
  leaveSteps(move, chart)
  unpark(move)
  for (const { step, payload } of chart.entered) enterStep(move, step, payload)
  if (chart.end === 'completed') complete(move)
  if (chart.end === 'failed') beginCompensation(move, trouble)
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
  const index = lastVisit(move, event.step)
  const { outcome } = stepAt(move, index)
  patchStep(move, index, { outcome: outcome === 'unknown' ? 'pending' : outcome })
  park(move, { index, direction: 'do' }, reason)
}

function troubleOf(move: Move, event: ChartEvent, reason: Json): Trouble {
  if (event.type === 'timer') return { step: null, visit: 0, direction: 'do', reason }
  const { name, visit } = stepAt(move, lastVisit(move, event.step))
  return { step: name, visit, direction: 'do', reason }
}

function lastVisit(move: Move, name: string): number {
  return move.saga.steps.findLastIndex((step) => step.name === name)
}

function enterStep(move: Move, name: string, payload: Json): void {
  const misfit = stepDefinition(move, name).command.checkPayload(payload)
  if (misfit !== null) {
    const problem = `its payload for ${name} does not fit: ${misfit}`
    throw orchestratorError('SAGA_DEFINITION_FAILED', { name: move.definition.name, problem })
  }
  addVisit(move, name, payload)
}

/** Adds a visit and sends its command: what may need an undo is known before anything is sent. */
export function addVisit(move: Move, name: string, payload: Json): void {
  const { steps } = move.saga
  const step = {
    name,
    visit: steps.filter((other) => other.name === name).length + 1,
    outcome: 'pending',
    undo: 'none',
    attempts: 0,
    attemptsMax: stepDefinition(move, name).retry.attempts,
    isPaused: false,
    dueAt: null,
    issuedAt: move.now,
    payload,
    error: null,
  } as const
  patchSaga(move, { steps: [...steps, step] })
  send(move, { index: steps.length, direction: 'do' })
}

/** An invoke that was left before its answer may have been done. */
function leaveSteps(move: Move, chart: ChartMove): void {
  const entered = new Set(chart.entered.map(({ step }) => step))
  move.saga.steps.forEach((step, index) => {
    if (!entered.has(step.name) && chart.active.has(step.name)) return
    if (step.outcome === 'pending') {
      patchStep(move, index, { outcome: 'unknown', dueAt: null, isPaused: false })
      note(move, 'step.unknown', { index, direction: 'do' }, 'left before its answer')
    } else if (isParked(step)) {
      patchStep(move, index, { isPaused: false })
    }
  })
}

function nextTimers(move: Move, chart: ChartMove): readonly TimerState[] {
  if (chart.end !== null) return []
  if (chart.timersSet.length === 0 && move.saga.timers.length === 0) return move.saga.timers
  const gone = new Set([...chart.timersCancelled, ...chart.timersSet.map((timer) => timer.id)])
  const kept = move.saga.timers.filter((timer) => !gone.has(timer.id))
  const set = chart.timersSet.map(({ id, delayMs, event }) => ({
    id,
    event,
    dueAt: move.now + delayMs,
  }))
  return [...kept, ...set]
}

function complete(move: Move): void {
  patchSaga(move, { status: 'completed' })
  move.facts.push({ type: 'saga.completed' })
}
