// Going past a parked step by a person's word. What became of its effect must be said, since the
// saga goes on by it.
import type { SagalineError } from '../../messaging/errors.ts'
import type { Json } from '../../messaging/message.ts'
import { orchestratorError } from '../errors.ts'
import { continueCompensation } from './compensate.ts'
import type { Operated } from './event.ts'
import { isBarred, moveForward } from './forward.ts'
import { invokeOf, type Move, note, patchStep, stepAt, stepDefinition } from './move.ts'
import { flag, isParked, unpark } from './park.ts'

type Skipped = Extract<Operated, { readonly verb: 'skip' }>

/** What to do, or why it cannot be skipped. */
export function skip(move: Move, event: Skipped): ((move: Move) => void) | SagalineError {
  const index = move.saga.steps.findLastIndex(
    (step) =>
      isParked(step) &&
      step.name === event.step &&
      (event.visit === undefined || step.visit === event.visit),
  )
  const { step } = event
  if (index < 0) return orchestratorError('STEP_NOT_PARKED', { id: move.saga.id, step })
  if (stepAt(move, index).undo === 'pending') return () => skipUndo(move, index, event)
  const { kind, command } = stepDefinition(move, step)
  if (kind === 'compensatable') return orchestratorError('STEP_NOT_SKIPPABLE', { step })
  if (event.effect === 'none' && kind === 'pivot' && !canTurnBack(move, index, event)) {
    return orchestratorError('SAGA_PAST_PIVOT', { id: move.saga.id })
  }
  const output = event.output ?? null
  const problem = event.effect === 'done' ? command.checkReply(output) : null
  if (problem !== null) return orchestratorError('SKIP_OUTPUT_INVALID', { step, problem })
  return () => skipDo(move, index, { ...event, output })
}

/** Another pivot may stand before this one, or beside it. */
function canTurnBack(move: Move, index: number, { reason }: Skipped): boolean {
  const step = stepAt(move, index)
  const steps = move.saga.steps.with(index, { ...step, outcome: 'skipped' })
  const without = { ...move, saga: { ...move.saga, steps } }
  return !isBarred(without, { type: 'error', invoke: invokeOf(step), error: reason })
}

/** The pivot that was not done is as if refused: the saga turns back. A retriable step that was
 * not done is left out. */
function skipDo(move: Move, index: number, event: Skipped & { readonly output: Json }): void {
  const { effect, output } = event
  const isDone = effect === 'done'
  const step = stepAt(move, index)
  const outcome = isDone ? 'done' : 'skipped'
  patchStep(move, index, { outcome, dueAt: null, isPaused: false, error: null })
  note(move, 'step.skipped', { index, direction: 'do' }, detailOf(event))
  unpark(move)
  const invoke = invokeOf(step)
  const isPivot = stepDefinition(move, step.name).kind === 'pivot'
  if (isDone || !isPivot) moveForward(move, { type: 'done', invoke, output }, null)
  else moveForward(move, { type: 'error', invoke, error: event.reason }, event.reason)
}

function skipUndo(move: Move, index: number, event: Skipped): void {
  const isDone = event.effect === 'done'
  const undo = isDone ? 'done' : 'skipped'
  patchStep(move, index, { undo, dueAt: null, isPaused: false, error: null })
  note(move, 'undo.skipped', { index, direction: 'undo' }, detailOf(event))
  if (!isDone) {
    const { name, visit } = stepAt(move, index)
    const reason = 'its effect stays: the undo was skipped'
    flag(move, { step: name, visit, direction: 'undo', reason })
  }
  unpark(move)
  continueCompensation(move)
}

function detailOf({ actor, reason, effect }: Skipped): Json {
  return { actor, reason, effect }
}
