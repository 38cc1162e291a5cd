// What a statechart would do in a state that a saga is put into without entering it, which is what
// a migration does: what entering it would have set a timer for, and whether it would stay there.
import { type AnyStateMachine, type StateNode, transition } from 'xstate'
import { activeNodes, type ChartTimer, restore, timerOf } from './statechart.ts'

type Node = Pick<StateNode, 'entry'>
type State = Parameters<typeof restore>[1]

type Raise = {
  readonly type?: string
  readonly id?: string
  readonly event?: { readonly type: string }
  readonly delay?: unknown
}

/** No machine knows it: guards and delays see it where they would have seen what led there. */
const unheard = { type: 'sagaline.migrated' }

/** The timers that entering these states sets, by their ids. */
export function timersOf(machine: AnyStateMachine, nodes: readonly Node[]): readonly string[] {
  return nodes.flatMap((node) => raisesOf(machine, node).map(idOf))
}

/** Those of them that are asked for, set from this context. Throws where a delay throws. */
export function timersToSet(
  machine: AnyStateMachine,
  nodes: readonly Node[],
  { context, isWanted }: { context: unknown; isWanted: (id: string) => boolean },
): readonly ChartTimer[] {
  return nodes.flatMap((node) =>
    raisesOf(machine, node)
      .filter((raise) => isWanted(idOf(raise)))
      .map((raise) => {
        const delay = delayOf(machine, raise, context)
        return timerOf({ id: idOf(raise), event: { type: raise.event?.type ?? '' }, delay })
      }),
  )
}

/** Of a state's entries those of its `after`, and the events that it raises later itself. */
function raisesOf(machine: AnyStateMachine, { entry }: Node): readonly Raise[] {
  const { actions } = machine.implementations
  const found = (entry as readonly unknown[]).map((action) => {
    const name = typeof action === 'string' ? action : (action as { type?: string }).type
    return (typeof action === 'function' ? action : actions[name ?? '']) as Raise | undefined
  })
  return found.flatMap((action) => {
    const isLater = action?.type === 'xstate.raise' && action.delay !== undefined
    return isLater ? [action] : []
  })
}

function idOf({ id, event }: Raise): string {
  return id ?? event?.type ?? ''
}

function delayOf(machine: AnyStateMachine, { delay }: Raise, context: unknown): number {
  const delays = machine.implementations.delays as Readonly<Record<string, unknown>>
  const found = typeof delay === 'string' ? delays[delay] : delay
  const value: unknown = typeof found === 'function' ? found({ context, event: unheard }) : found
  return typeof value === 'number' ? value : Number.NaN
}

/** Whether it would leave the state as soon as it had entered it. Throws where a guard throws. */
export function isPassing(machine: AnyStateMachine, state: State): boolean {
  const nodes = activeNodes(machine, state)
  const from = restore(machine, state)
  const isDone = (node: StateNode) => from.can({ type: `xstate.done.state.${node.id}` })
  if (nodes.some((node) => isFinished(node, new Set(nodes)) && isDone(node))) return true
  if (!nodes.some(({ always = [] }) => always.length > 0)) return false
  const [snapshot] = transition(machine, from as never, unheard as never)
  return (snapshot as unknown) !== from
}

/** All that is inside of it has come to its end. */
function isFinished(node: StateNode, active: ReadonlySet<StateNode>): boolean {
  const children = Object.values(node.states) as readonly StateNode[]
  if (node.type === 'final') return true
  if (node.type === 'parallel') return children.every((child) => isFinished(child, active))
  return children.some((child) => child.type === 'final' && active.has(child))
}
