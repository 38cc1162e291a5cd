// Makes what an author's function is given of a context and of the steps that came before.
import { orchestratorError } from '../errors.ts'
import { type ChartContext, ownOf } from './chart-context.ts'
import type { Given } from './given.ts'
import type { SignalDefinition } from './saga-definition.ts'
import type { SagaStep } from './saga-item.ts'

/** The steps and signals that a function may ask for, in the order of the definition. */
export type Before = readonly (StepBefore | { readonly signal: string })[]
type StepBefore = { readonly step: SagaStep; readonly isEach: boolean }

type Asked = { readonly name: string }

export function givenOf(context: ChartContext, before: Before, saga: string): Given<unknown> {
  const { input } = context
  const failed = (problem: string) =>
    orchestratorError('SAGA_DEFINITION_FAILED', { name: saga, problem })
  const visitsOf = (of: Asked): readonly StepBefore[] => {
    const visits = before.filter((one) => 'step' in one && isOf(one.step, of))
    if (visits.length === 0) throw failed(`no step before asks for ${of.name}`)
    return visits as readonly StepBefore[]
  }
  const reply = (of: Asked): unknown => {
    const visits = visitsOf(of)
    const last = visits.findLast(({ step }) => Object.hasOwn(context.replies, step.name))
    if (last) return context.replies[last.step.name]
    throw failed(`no step before has an answer of ${of.name}`)
  }
  const replies = (of: Asked): readonly unknown[] => {
    const visits = visitsOf(of)
    const each = visits.findLast(({ isEach, step }) => isEach && ownOf(context.each, step.name))
    if (each) return [...(ownOf(context.each, each.step.name)?.replies ?? [])]
    const answered = visits.filter(({ step }) => Object.hasOwn(context.replies, step.name))
    return answered.map(({ step }) => context.replies[step.name])
  }
  const signal = ({ name }: SignalDefinition) => {
    const isBefore = before.some((one) => 'signal' in one && one.signal === name)
    if (!isBefore) throw failed(`nothing before waits for ${name}`)
    return ownOf(context.signals, name) ?? null
  }
  return { input, reply, replies, signal } as Given<unknown>
}

function isOf({ command, child }: SagaStep, of: Asked): boolean {
  return child === null ? command === (of as unknown) : child === (of as unknown)
}
