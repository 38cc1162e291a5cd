// Makes a definition of a machine written by hand: what `defineSaga` does for a list of steps.
import { type TSchema, Type } from 'typebox'
import type { AnyStateMachine } from 'xstate'
import { createCheck } from '../../messaging/check.ts'
import type { CommandContract } from '../../messaging/contract.ts'
import { retryPolicy } from '../../orchestrator/definition/retry-policy.ts'
import type { SagaDefinition } from '../../orchestrator/definition/saga-definition.ts'
import type { RetryOptions, StepKind } from '../../orchestrator/definition/step-options.ts'

export type RawStep = readonly [name: string, kind: StepKind, command: CommandContract]

export function rawDefinition(options: {
  readonly machine: AnyStateMachine
  readonly steps: readonly RawStep[]
  readonly retry?: RetryOptions
  readonly input?: TSchema
}): SagaDefinition {
  const input = options.input ?? Type.Unknown()
  const steps = options.steps.map(([name, kind, command]) => ({
    name,
    kind,
    command,
    child: null,
    retry: retryPolicy(kind !== 'compensatable', options.retry),
    undoRetry: retryPolicy(true, options.retry),
  }))
  return {
    name: options.machine.id,
    version: 1,
    hash: options.machine.id,
    input,
    checkInput: createCheck(input),
    businessKey: () => null,
    correlationId: () => null,
    attributes: () => ({}),
    subject: null,
    locks: () => [],
    lockTimeoutMs: 0,
    deadlineMs: null,
    output: () => null,
    paths: new Map(),
    signals: new Map(),
    migrations: new Map(),
    machine: options.machine,
    functions: null,
    hasChartContext: false,
    steps: new Map(steps.map((step) => [step.name, step])),
  }
}
