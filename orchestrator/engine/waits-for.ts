// Which signals a saga takes where it stands, for readers: whoever must answer sees it there.
import type { StateNode } from 'xstate'
import type { SagaDefinition } from '../definition/saga-definition.ts'
import { hasBegun } from './park.ts'
import { isEnded, type Saga } from './saga.ts'
import { activeNodes } from './statechart.ts'

export type Wait = {
  readonly signal: string
  /** Whose answer an approval asks for; null where no person is asked by name. */
  readonly by: string | null
  /** It is an answer of a person, who must be named. */
  readonly needsActor: boolean
  /** When the state that waits is left without it; null when it waits for ever. */
  readonly dueAt: number | null
}

/** Whether a guard then lets the signal through depends on what it carries. */
export function waitsFor(definition: SagaDefinition, saga: Saga): readonly Wait[] {
  if (definition.signals.size === 0 || !isOpen(saga)) return []
  const nodes = activeNodes(definition.machine, saga)
  return [...definition.signals.values()].flatMap(({ name, needsActor }) => {
    const waiting = nodes.filter(({ transitions }) => transitions.has(name))
    if (waiting.length === 0) return []
    const limits = saga.timers.filter(({ event }) => waiting.some((node) => isLeftBy(node, event)))
    const dueAt = limits.length === 0 ? null : Math.min(...limits.map((timer) => timer.dueAt))
    return [{ signal: name, by: waiting.map(askedOf).find(Boolean) ?? null, needsActor, dueAt }]
  })
}

function isOpen(saga: Saga): boolean {
  return hasBegun(saga) && !isEnded(saga) && saga.failure === null && !saga.isFinishing
}

/** An escalation comes due as well, but the state goes on waiting. */
function isLeftBy({ transitions }: StateNode, event: string): boolean {
  return (transitions.get(event) ?? []).some(({ target }) => target !== undefined)
}

function askedOf({ meta }: StateNode): string | null {
  const { approval } = (meta ?? {}) as { readonly approval?: { readonly by?: unknown } }
  return typeof approval?.by === 'string' ? approval.by : null
}
