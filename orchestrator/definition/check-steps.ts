// What holds for a step, a signal and a set of signals, however the saga was written.
import { retryProblem } from './check-options.ts'
import type { SagaDefinition, SignalDefinition } from './saga-definition.ts'
import type { SagaStep } from './saga-item.ts'

/** Step names become parts of message ids and of state names. */
const stepName = /^[a-zA-Z][a-zA-Z0-9-]{0,63}$/
const signalName = /^[a-zA-Z][a-zA-Z0-9.-]{0,63}$/
const kinds = new Set<string>(['compensatable', 'pivot', 'retriable'])

export function nameProblem(name: string): string | null {
  return stepName.test(name) ? null : `'${name}' cannot be the name of a step`
}

export function stepProblem({ name, kind, command, child, ...step }: SagaStep): string | null {
  if (!kinds.has(kind)) return `step ${name} has the unknown kind ${kind}`
  if (kind === 'compensatable') {
    if (child !== null && !canBeUndone(child)) {
      return `child saga ${name} is compensatable, but ${child.name} has a point of no return`
    }
    if (command.undo === null) {
      return `step ${name} is compensatable, but ${command.name} names no undo`
    }
  }
  return retryProblem(`step ${name}`, step.limits) ?? retryProblem(`undo of ${name}`, step.undo)
}

/** A child that has passed its pivot cannot be taken back. */
function canBeUndone(child: SagaDefinition): boolean {
  return [...child.steps.values()].every(({ kind }) => kind === 'compensatable')
}

/** One name must mean one signal. */
export function signalsProblem(signals: readonly SignalDefinition[]): string | null {
  const known = new Map<string, string>()
  for (const { name, data, needsActor } of signals) {
    if (!signalName.test(name) || name.startsWith('xstate')) {
      return `'${name}' cannot be the name of a signal`
    }
    const content = JSON.stringify([data, needsActor])
    if ((known.get(name) ?? content) !== content) return `two signals are named ${name}`
    known.set(name, content)
  }
  return null
}
