// The usual way to write a saga: a list of steps, one screen long.
import { createHash } from 'node:crypto'
import type { Static, TSchema } from 'typebox'
import { createCheck } from '../../messaging/check.ts'
import type { CommandContract } from '../../messaging/contract.ts'
import { orchestratorError } from '../errors.ts'
import { findProblem } from './check-options.ts'
import { compileSteps } from './compile-steps.ts'
import { retryPolicy } from './retry-policy.ts'
import type { SagaDefinition, StepDefinition } from './saga-definition.ts'
import type { AnyStep, RetryOptions, SagaOptions } from './step-options.ts'

/**
 * Defines a saga whose steps follow one another. When a step is refused or its outcome stays
 * unknown, every step that was or may have been done is undone in reverse order.
 * @throws DEFINITION_INVALID with the rule that is broken.
 */
export function defineSaga<
  I extends TSchema,
  const C extends readonly CommandContract[],
  Input = Static<I>,
>(options: SagaOptions<I, C, Input>): SagaDefinition {
  const steps = options.steps as readonly unknown[] as readonly AnyStep[]
  const problem = findProblem({ ...options, steps })
  if (problem !== null) throw orchestratorError('DEFINITION_INVALID', { ...options, problem })
  const businessKey = options.businessKey as ((input: unknown) => string) | undefined
  const complete = steps.map((step) => stepDefinition(step, options.retry))
  return Object.freeze({
    name: options.name,
    version: options.version,
    hash: hashOf(options.name, options.version, options.input, complete),
    input: options.input,
    checkInput: createCheck(options.input),
    businessKey: (input: unknown) => businessKey?.(input) ?? null,
    correlationId: () => null,
    attributes: () => ({}),
    locks: () => [],
    lockTimeoutMs: 0,
    deadlineMs: null,
    ...compileSteps(options.name, steps),
    output: () => null,
    steps: new Map(complete.map((step) => [step.name, step])),
    paths: new Map(),
    signals: new Map(),
    migrations: new Map(),
  })
}

function stepDefinition(step: AnyStep, retry: RetryOptions | undefined): StepDefinition {
  const kind = step.kind ?? 'compensatable'
  // How long to try an undo is not for the saga's default: giving up there needs a person.
  const { attempts: _, ...ofUndo } = retry ?? {}
  return Object.freeze({
    name: step.name,
    kind,
    command: step.send,
    child: null,
    retry: retryPolicy(kind !== 'compensatable', retry, onlyRetry(step)),
    undoRetry: retryPolicy(true, ofUndo, step.undo),
  })
}

function onlyRetry(step: AnyStep): RetryOptions {
  const fields = [
    'attempts',
    'timeoutMs',
    'firstDelayMs',
    'factor',
    'delayMsMax',
    'jitter',
    'deadlineMs',
  ] as const
  return Object.fromEntries(
    fields.filter((field) => step[field] !== undefined).map((field) => [field, step[field]]),
  )
}

/** Limits may change under living sagas, so they are left out; so are closures, unseen here. */
function hashOf(
  name: string,
  version: number,
  input: TSchema,
  steps: readonly StepDefinition[],
): string {
  const contract = (command: CommandContract | null): unknown =>
    command && {
      name: command.name,
      topic: command.topic,
      payload: command.payload,
      reply: command.reply,
      refusal: command.refusal,
      undo: contract(command.undo),
    }
  const shape = steps.map((step) => [step.name, step.kind, contract(step.command)])
  const text = JSON.stringify([name, version, input, shape])
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
