// Turns the steps of `defineSaga` into an XState machine that a person can read in a diagram:
// one state a step, and two ends. Compensation is the engine's work, not the machine's.
import { type AnyStateMachine, assign, setup } from 'xstate'
import type { CommandContract } from '../../messaging/contract.ts'
import { orchestratorError } from '../errors.ts'
import { commandActor } from './command-actor.ts'
import type { ChartFunctions } from './saga-definition.ts'
import type { AnyStep, Given } from './step-options.ts'

/** The final state that means: undo what was done. Raw machines mark theirs with this tag. */
export const failedTag = 'failed'

type Context = { readonly input: unknown; readonly replies: Readonly<Record<string, unknown>> }

export type CompiledSteps = {
  readonly machine: AnyStateMachine
  readonly functions: ChartFunctions
}

export function compileSteps(name: string, steps: readonly AnyStep[]): CompiledSteps {
  const functions = chartFunctions(name, steps)
  const states: Record<string, unknown> = {}
  steps.forEach((step, index) => {
    states[step.name] = stepState(step.name, steps[index + 1]?.name ?? 'completed', functions)
  })
  const actors = Object.fromEntries(steps.map((step) => [step.name, commandActor(step.send)]))
  const config = {
    id: name,
    context: ({ input }: { readonly input: unknown }) => functions.begin(input),
    initial: steps[0]?.name,
    states: {
      ...states,
      completed: { type: 'final' },
      failed: { type: 'final', tags: [failedTag] },
    },
    options: { maxIterations: 100 },
  }
  const machine = setup({ actors } as never).createMachine(config as never)
  return { machine: machine as unknown as AnyStateMachine, functions }
}

function stepState(step: string, next: string, functions: ChartFunctions) {
  type Given = { readonly context: unknown; readonly event: { readonly output?: unknown } }
  const remember = ({ context, event }: Given) => functions.remember(context, step, event.output)
  return {
    invoke: {
      id: step,
      src: step,
      input: ({ context }: Given) => functions.payload(context, step),
      onDone: { target: next, actions: assign(remember as never) },
      onError: { target: 'failed' },
    },
  }
}

function chartFunctions(saga: string, steps: readonly AnyStep[]): ChartFunctions {
  const byName = new Map(steps.map((step, index) => [step.name, { step, index }]))
  return {
    begin: (input): Context => ({ input, replies: {} }),
    payload: (context, name) => {
      const { input } = context as Context
      const { step, index } = byName.get(name) ?? {}
      if (!step?.with) return input
      return step.with(given(context as Context, steps.slice(0, index), saga))
    },
    remember: (context, step, output): Context => {
      const { input, replies } = context as Context
      return { input, replies: { ...replies, [step]: output ?? null } }
    },
  }
}

function given(context: Context, before: readonly AnyStep[], saga: string): Given<unknown> {
  const reply = (contract: CommandContract) => {
    const step = before.findLast((candidate) => candidate.send === contract)
    if (step) return context.replies[step.name]
    const problem = `no step before asks for ${contract.name}`
    throw orchestratorError('SAGA_DEFINITION_FAILED', { name: saga, problem })
  }
  return { input: context.input, reply: reply as Given<unknown>['reply'] }
}
