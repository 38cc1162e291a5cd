// What every definition is made of beside its machine: the options of the saga as a whole, with
// what was left out filled in, and its steps.

import type { TSchema } from 'typebox'
import { createCheck } from '../../messaging/check.ts'
import { refuseIf } from './refuse.ts'
import { retryPolicy } from './retry-policy.ts'
import type {
  InvokePath,
  SagaDefinition,
  SignalDefinition,
  StepDefinition,
} from './saga-definition.ts'
import type { SagaStep } from './saga-item.ts'
import type { CommonOptions } from './saga-options.ts'
import { isSensitiveDefinition } from './sensitive-definition.ts'
import type { RetryOptions } from './step-options.ts'

/** Long enough for a queue of sagas that are all well. */
const lockTimeoutMsDefault = 5 * 60_000

export type Options = CommonOptions<TSchema, unknown>

export type Parts = Pick<
  SagaDefinition,
  'name' | 'hash' | 'machine' | 'functions' | 'hasChartContext' | 'output'
> & {
  readonly paths: ReadonlyMap<string, InvokePath>
  readonly steps: readonly SagaStep[]
  readonly signals: readonly SignalDefinition[]
}

export function completeDefinition(options: Options, parts: Parts): SagaDefinition {
  const { businessKey, correlationId, attributes, lock, lockTimeoutMs, deadlineMs } = options
  const migrations = Object.entries(options.migrate ?? {})
  const steps = parts.steps.map((step) => stepDefinition(step, options.retry))
  const definition: SagaDefinition = Object.freeze({
    ...parts,
    version: options.version,
    input: options.input,
    checkInput: createCheck(options.input),
    businessKey: (input: unknown) => businessKey?.(input) ?? null,
    correlationId: (input: unknown) => correlationId?.(input) ?? null,
    attributes: (input: unknown) => attributes?.(input) ?? {},
    subject: options.subject ?? null,
    locks: (input: unknown) => lockKeys(lock?.(input) ?? []),
    lockTimeoutMs: lockTimeoutMs ?? lockTimeoutMsDefault,
    deadlineMs: deadlineMs ?? null,
    steps: new Map(steps.map((step) => [step.name, step])),
    signals: new Map(parts.signals.map((signal) => [signal.name, signal])),
    migrations: new Map(migrations.map(([from, migrate]) => [Number(from), migrate])),
  })
  const isVain = definition.subject !== null && !isSensitiveDefinition(definition)
  refuseIf(parts.name, isVain ? 'it has a subject, and none of its fields is sensitive' : null)
  return definition
}

/** Sorted, so that no two sagas can wait for each other. */
function lockKeys(keys: string | readonly string[]): readonly string[] {
  const list = typeof keys === 'string' ? [keys] : keys
  if (list.some((key) => typeof key !== 'string' || key === '')) {
    throw new Error('a key of its locks is no text')
  }
  return [...new Set(list)].sort()
}

function stepDefinition(step: SagaStep, retry: RetryOptions | undefined): StepDefinition {
  const { name, kind, command, child, limits, undo } = step
  // How long to try an undo is not for the saga's default: giving up there needs a person.
  const { attempts: _, ...ofUndo } = retry ?? {}
  return Object.freeze({
    name,
    kind,
    command,
    child,
    retry: retryPolicy(kind !== 'compensatable', retry, limits),
    undoRetry: retryPolicy(true, ofUndo, undo),
  })
}
