// Refuses machines that the engine cannot run as sagas, by the name of the rule that they break.
// What hides in functions (a spawn inside an assign) is noticed when it happens: it parks the saga.
import type { AnyStateMachine, StateNode } from 'xstate'
import { namesProblem } from './check-machine-names.ts'
import { nameProblem } from './check-steps.ts'
import { escalateAction, groupAction } from './group-marker.ts'
import { listOf, type MachineInvoke, nodesOf } from './machine-invokes.ts'
import { first } from './refuse.ts'

/** What runs inside the machine, and leaves nothing to be done outside. */
const builtIns = new Set(['xstate.assign', 'xstate.raise', 'xstate.cancel'])
const markers = new Set<string>([groupAction, escalateAction])

/** The first rule that is broken, or null. */
export function machineProblem(
  machine: AnyStateMachine,
  invokes: readonly MachineInvoke[],
  signals: ReadonlySet<string>,
): string | null {
  const root = machine.root as unknown as StateNode
  const nodes = nodesOf(root)
  const actions = nodes.flatMap((node) => actionsOf(node).map((action) => found(machine, action)))
  return (
    first(invokes, invokeProblem) ??
    twiceProblem(invokes.map(({ id }) => id)) ??
    first(actions, actionProblem) ??
    namesProblem(machine, nodes) ??
    first(nodes, (node) => eventsProblem(node, signals, raisedBy(actions))) ??
    (canEnd(root) ? null : 'it has no final state at its top level')
  )
}

function invokeProblem(invoke: MachineInvoke): string | null {
  const { id, isNamed, hasSystemId, contract } = invoke
  if (contract === null) return `the src of invoke ${id} is no commandActor and no sagaActor`
  if (!isNamed) return `an invoke of ${contract.name} has no id`
  if (hasSystemId) return `invoke ${id} has a systemId`
  return nameProblem(id)
}

function twiceProblem(ids: readonly string[]): string | null {
  const twice = ids.find((id, index) => ids.indexOf(id) < index)
  return twice === undefined ? null : `two invokes have the id ${twice}`
}

/** An action of a machine as it is in the end: with its name resolved. */
type Found = {
  readonly name: string
  readonly type: string | undefined
  readonly event?: unknown
  readonly delay?: unknown
}

type Transition = { readonly actions?: readonly unknown[] }

function actionsOf(node: StateNode): readonly unknown[] {
  const transitions = [...node.transitions.values()].flat() as readonly unknown[]
  const always = (node.always ?? []) as readonly unknown[]
  const initial = node.config.initial === undefined ? [] : [node.initial as unknown]
  const ways = [...transitions, ...always, ...initial] as readonly Transition[]
  // Of a state's entries those of its `after` are XState's own.
  const { entry, exit } = node.config as { readonly entry?: unknown; readonly exit?: unknown }
  return [...listOf(entry), ...listOf(exit), ...ways.flatMap(({ actions = [] }) => actions)]
}

function found(machine: AnyStateMachine, action: unknown): Found {
  const isNamed = typeof action !== 'function'
  const name = isNamed ? nameOf(action) : ''
  const actions = machine.implementations.actions as Readonly<Record<string, unknown>>
  const resolved = (isNamed ? actions[name] : action) as Omit<Found, 'name'> | undefined
  if (resolved === undefined) return { name, type: name }
  return { name, type: resolved.type, event: resolved.event, delay: resolved.delay }
}

function nameOf(action: unknown): string {
  return typeof action === 'string' ? action : ((action as { type?: string } | null)?.type ?? '')
}

function actionProblem({ name, type = '', event, delay }: Found): string | null {
  const what = name || type || 'a function'
  if (!builtIns.has(type) && !markers.has(type)) {
    return `its action ${what} is neither assign, raise nor cancel`
  }
  const isBare = typeof event === 'object' && event !== null && Object.keys(event).join() === 'type'
  if (type === 'xstate.raise' && delay !== undefined && !isBare) {
    return 'it raises an event with data later: only the type of a delayed event is kept'
  }
  return null
}

/** What the machine raises itself; null when some of it cannot be told. */
function raisedBy(actions: readonly Found[]): ReadonlySet<string> | null {
  const events = actions.filter(({ type }) => type === 'xstate.raise').map(({ event }) => event)
  if (events.some((event) => typeof event === 'function')) return null
  return new Set(events.map((event) => (event as { readonly type: string }).type))
}

function eventsProblem(
  node: StateNode,
  signals: ReadonlySet<string>,
  raised: ReadonlySet<string> | null,
): string | null {
  return first(Object.keys(node.config.on ?? {}), (event) => {
    if (event.includes('*')) return `state ${node.id} takes the wildcard event ${event}`
    if (event.startsWith('xstate.')) return `state ${node.id} takes ${event}, an event of XState`
    const isKnown = signals.has(event) || raised === null || raised.has(event)
    return isKnown ? null : `state ${node.id} takes ${event}, which is no signal of the saga`
  })
}

function canEnd(node: StateNode): boolean {
  const children = Object.values(node.states) as readonly StateNode[]
  if (node.type === 'parallel') return children.every(canEnd)
  return node.type === 'final' || children.some(({ type }) => type === 'final')
}
