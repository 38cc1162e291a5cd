// A saga while `advance` works on it: the parts of the engine share one of these per event.
// Mutable inside, invisible outside.
import type { CommandContract } from '../../messaging/contract.ts'
import { invariant } from '../../messaging/errors.ts'
import type { Direction, Json } from '../../messaging/message.ts'
import type { SagaDefinition, StepDefinition } from '../definition/saga-definition.ts'
import { commandId } from './command-id.ts'
import type { CommandToSend, Fact, FactType } from './event.ts'
import type { Saga, StepState } from './saga.ts'

export type Move = {
  readonly definition: SagaDefinition
  readonly now: number
  readonly commands: CommandToSend[]
  readonly facts: Fact[]
  saga: Saga
}

/** A step's place in the saga, and which of its two directions is meant. */
export type Place = { readonly index: number; readonly direction: Direction }

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

export function stepDefinition(move: Move, name: string): StepDefinition {
  const step = move.definition.steps.get(name)
  invariant(step, `${move.definition.name} has no step ${name}`)
  return step
}

export function note(move: Move, type: FactType, place: Place, detail?: Json): void {
  const { name, visit, attempts } = stepAt(move, place.index)
  const fact = { type, step: name, visit, direction: place.direction, attempt: attempts }
  move.facts.push(detail === undefined || detail === null ? fact : { ...fact, detail })
}

/** Sends the step's command in the given direction once more and waits for its answer. */
export function send(move: Move, { index, direction }: Place): void {
  const before = stepAt(move, index)
  const definition = stepDefinition(move, before.name)
  const policy = direction === 'do' ? definition.retry : definition.undoRetry
  const dueAt = move.now + policy.timeoutMs
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
