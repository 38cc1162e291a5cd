// Which events a machine may still take from where it stands, whatever its guards say: a signal
// that none of the states ahead waits for can no longer matter.
import type { AnyStateMachine, StateNode } from 'xstate'
import { activeNodes, type ChartState } from './statechart.ts'

/** What is read of a transition. */
type Way = { readonly eventType: string; readonly target?: readonly StateNode[] | undefined }

/** By machine and set of states: both are few. */
const known = new WeakMap<AnyStateMachine, Map<string, ReadonlySet<string>>>()
const knownMax = 10_000

export function eventsAhead(machine: AnyStateMachine, state: ChartState): ReadonlySet<string> {
  const nodes = activeNodes(machine, state)
  const key = nodes.map(({ id }) => id).join(' ')
  const ofMachine = known.get(machine) ?? new Map<string, ReadonlySet<string>>()
  known.set(machine, ofMachine)
  const found = ofMachine.get(key)
  if (found) return found
  const events = walk(nodes)
  if (ofMachine.size < knownMax) ofMachine.set(key, events)
  return events
}

function walk(from: readonly StateNode[]): ReadonlySet<string> {
  const events = new Set<string>()
  const seen = new Set(from)
  const open = [...from]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    for (const way of waysOf(node)) {
      events.add(way.eventType)
      for (const target of way.target ?? []) for (const next of entered(target)) visit(next)
    }
  }
  return events

  function visit(node: StateNode): void {
    if (seen.has(node)) return
    seen.add(node)
    open.push(node)
  }
}

function waysOf(node: StateNode): readonly Way[] {
  const always = (node.always ?? []) as readonly unknown[] as readonly Way[]
  return [
    ...([...node.transitions.values()].flat() as readonly unknown[] as readonly Way[]),
    ...always,
  ]
}

/** The states that entering one may enter: those it is in, and those inside that it may start in. */
function entered(target: StateNode): readonly StateNode[] {
  const ancestors: StateNode[] = []
  for (let node = target.parent; node !== undefined; node = node.parent) ancestors.push(node)
  return [...ancestors, ...inside(target)]
}

function inside(node: StateNode): readonly StateNode[] {
  // A history state may lead to any state of its parent.
  if (node.type === 'history') return node.parent ? everything(node.parent) : []
  const children = Object.values(node.states) as readonly StateNode[]
  if (node.type === 'parallel') return [node, ...children.flatMap(inside)]
  const first = node.initial?.target ?? []
  return [node, ...(first as readonly StateNode[]).flatMap(inside)]
}

function everything(node: StateNode): readonly StateNode[] {
  return [node, ...(Object.values(node.states) as readonly StateNode[]).flatMap(everything)]
}
