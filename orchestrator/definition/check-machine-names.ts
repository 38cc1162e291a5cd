// Refuses a machine that names a guard or a delay which nobody wrote: it would only be noticed when
// a saga comes there. Names of actions and actors are checked with what they mean.
import type { AnyStateMachine, StateNode } from 'xstate'
import { first } from './refuse.ts'

type Guarded = { readonly guard?: unknown }

/** The first rule that is broken, or null. */
export function namesProblem(machine: AnyStateMachine, nodes: readonly StateNode[]): string | null {
  const { guards, delays } = machine.implementations
  const guardNames = nodes.flatMap(guardsOf).flatMap(namesIn)
  const delayNames = nodes.flatMap((node) => Object.keys(node.config.after ?? {}))
  const isNumber = (delay: string) => !Number.isNaN(Number(delay))
  return (
    first(guardNames, (name) => (Object.hasOwn(guards, name) ? null : `it has no guard ${name}`)) ??
    first(delayNames, (name) =>
      isNumber(name) || Object.hasOwn(delays, name) ? null : `it has no delay ${name}`,
    )
  )
}

function guardsOf(node: StateNode): readonly unknown[] {
  const transitions = [...node.transitions.values()].flat() as readonly unknown[]
  const always = (node.always ?? []) as readonly unknown[]
  return ([...transitions, ...always] as readonly Guarded[]).map(({ guard }) => guard)
}

/** Of a guard as it was written; `and`, `or` and `not` hold others. */
function namesIn(guard: unknown): readonly string[] {
  if (typeof guard === 'string') return [guard]
  if (typeof guard === 'function') {
    const { guards = [] } = guard as { readonly guards?: readonly unknown[] }
    return guards.flatMap(namesIn)
  }
  const { type } = (guard ?? {}) as { readonly type?: unknown }
  return typeof type === 'string' ? [type] : []
}
