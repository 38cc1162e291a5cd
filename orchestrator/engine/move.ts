// A saga while `advance` works on it: the parts of the engine share one of these per event.
// Mutable inside, invisible outside.
import type { CommandContract } from '../../messaging/contract.ts'
import { invariant } from '../../messaging/errors.ts'
import type { Direction, Json } from '../../messaging/message.ts'
import type { RetryPolicy, SagaDefinition, StepDefinition } from '../definition/saga-definition.ts'
import { commandId } from './command-id.ts'
import type { CommandToSend, Fact, FactType, ReplyToSend } from './event.ts'
import type { Saga, StepState } from './saga.ts'

export type Move = {
  readonly definition: SagaDefinition
  readonly now: number
  readonly commands: CommandToSend[]
  readonly replies: ReplyToSend[]
  readonly facts: Fact[]
  saga: Saga
}

/** A step's place in the saga, and which of its two directions is meant. */
export type Place = { readonly index: number; readonly direction: Direction }

/** Does one thing to a saga; when the definition throws there, it parks the saga as it was before. */
export type Guarded = <T>(move: Move, place: Place | null, work: () => T) => T | null

export function patchSaga(move: Move, patch: Partial<Saga>): void {
  move.saga = { ...move.saga, ...patch }
}

export function patchStep(move: Move, index: number, patch: Partial<StepState>): void {
  patchSaga(move, { steps: move.saga.steps.with(index, { ...stepAt(move, index), ...patch }) })
}

export function stepAt(move: Move, index: number): StepState {
  const step = move.saga.steps[index]
  invariant(step, `saga ${move.saga.id} has no step ${index}`)
  return step
}

export function stepDefinition(move: Pick<Move, 'definition'>, name: string): StepDefinition {
  const step = move.definition.steps.get(name)
  invariant(step, `${move.definition.name} has no step ${name}`)
  return step
}

/** The invoke of the statechart that the step's answer belongs to. */
export function invokeOf({ name, lane }: Pick<StepState, 'name' | 'lane'>): string {
  return lane === undefined ? name : `${name}#${lane}`
}

export function note(move: Move, type: FactType, place: Place, detail?: Json): void {
  const { name, visit, attempts } = stepAt(move, place.index)
  const fact = { type, step: name, visit, direction: place.direction, attempt: attempts }
  move.facts.push(detail === undefined || detail === null ? fact : { ...fact, detail })
}

export function policyOf(move: Move, { index, direction }: Place): RetryPolicy {
  const { retry, undoRetry } = stepDefinition(move, stepAt(move, index).name)
  return direction === 'do' ? retry : undoRetry
}

/** Allows the direction that many attempts more, and its whole time anew. */
export function allowAttempts(move: Move, place: Place): void {
  const { deadlineAt: _, ...step } = stepAt(move, place.index)
  const policy = policyOf(move, place)
  const limit = policy.deadlineMs === null ? {} : { deadlineAt: move.now + policy.deadlineMs }
  const allowed = { ...step, ...limit, attemptsMax: step.attempts + policy.attempts }
  patchSaga(move, { steps: move.saga.steps.with(place.index, allowed) })
}

/** Whether all its attempts, or all its time, are used up. */
export function isUsedUp(move: Move, index: number): boolean {
  const { attempts, attemptsMax, deadlineAt } = stepAt(move, index)
  return attempts >= attemptsMax || (deadlineAt !== undefined && deadlineAt <= move.now)
}

/** Sends the step's command in the given direction once more and waits for its answer. */
export function send(move: Move, { index, direction }: Place): void {
  const before = stepAt(move, index)
  const definition = stepDefinition(move, before.name)
  const timeoutAt = move.now + policyOf(move, { index, direction }).timeoutMs
  const dueAt = Math.min(timeoutAt, before.deadlineAt ?? timeoutAt)
  const attempt = before.attempts + 1
  patchStep(move, index, { attempts: attempt, isPaused: false, dueAt })
  const key = { sagaId: move.saga.id, step: before.name, visit: before.visit, direction }
  move.commands.push({
    ...key,
    id: commandId(key),
    contract: contractFor(definition, direction),
    attempt,
    payload: before.payload,
    issuedAt: before.issuedAt,
    deadline: dueAt,
  })
  note(move, 'command.sent', { index, direction })
}

export function contractFor(step: StepDefinition, direction: Direction): CommandContract {
  const contract = direction === 'do' ? step.command : step.command.undo
  invariant(contract, `${step.command.name} names no undo`)
  return contract
}
