// Turns the steps of `defineSaga` into an XState machine that a person can read in a diagram:
// one state a step, and two ends. Compensation is the engine's work, not the machine's.
import { type AnyStateMachine, assign, setup } from 'xstate'
import type { CommandContract } from '../../messaging/contract.ts'
import { orchestratorError } from '../errors.ts'
import { commandActor } from './command-actor.ts'
import type { AnyStep, Given } from './step-options.ts'

/** The final state that means: undo what was done. Raw machines mark theirs with this tag. */
export const failedTag = 'failed'

type Context = { readonly input: unknown; readonly replies: Readonly<Record<string, unknown>> }

export function compileSteps(name: string, steps: readonly AnyStep[]): AnyStateMachine {
  const states: Record<string, unknown> = {}
  steps.forEach((step, index) => {
    const next = steps[index + 1]?.name ?? 'completed'
    states[step.name] = stepState(step, next, steps.slice(0, index), name)
  })
  const actors = Object.fromEntries(steps.map((step) => [step.name, commandActor(step.send)]))
  const config = {
    id: name,
    context: ({ input }: { readonly input: unknown }): Context => ({ input, replies: {} }),
    initial: steps[0]?.name,
    states: {
      ...states,
      completed: { type: 'final' },
      failed: { type: 'final', tags: [failedTag] },
    },
    options: { maxIterations: 100 },
  }
  return setup({ actors } as never).createMachine(config as never) as unknown as AnyStateMachine
}

function stepState(step: AnyStep, next: string, before: readonly AnyStep[], saga: string) {
  return {
    invoke: {
      id: step.name,
      src: step.name,
      input: ({ context }: { readonly context: Context }) =>
        step.with ? step.with(given(context, before, saga)) : context.input,
      onDone: { target: next, actions: assign(rememberReply(step.name) as never) },
      onError: { target: 'failed' },
    },
  }
}

const rememberReply =
  (step: string) =>
  ({ context, event }: { readonly context: Context; readonly event: { output?: unknown } }) => ({
    replies: { ...context.replies, [step]: event.output ?? null },
  })

function given(context: Context, before: readonly AnyStep[], saga: string): Given<unknown> {
  const reply = (contract: CommandContract) => {
    const step = before.findLast((candidate) => candidate.send === contract)
    if (step) return context.replies[step.name]
    const problem = `no step before asks for ${contract.name}`
    throw orchestratorError('SAGA_DEFINITION_FAILED', { name: saga, problem })
  }
  return { input: context.input, reply: reply as Given<unknown>['reply'] }
}
