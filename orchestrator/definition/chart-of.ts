// The statechart of a saga as plain data: its states, what they send, and the ways between them.
// For diagrams; whoever draws one needs nothing of XState.
import type { StateNode } from 'xstate'
import { failedTag } from './compile-steps.ts'
import { nodesOf } from './machine-invokes.ts'
import type { SagaDefinition } from './saga-definition.ts'

export type ChartNode = {
  readonly id: string
  /** Null for those that stand directly in the saga. */
  readonly parent: string | null
  readonly name: string
  readonly kind: 'atomic' | 'compound' | 'parallel' | 'final' | 'history'
  /** Where its parent begins. */
  readonly isInitial: boolean
  /** An end after which everything is undone. */
  readonly isFailure: boolean
  /** Whose commands it sends when it is entered. */
  readonly steps: readonly string[]
}

export type ChartWay = {
  readonly from: string
  readonly to: string
  readonly kind: 'reply' | 'error' | 'timer' | 'signal' | 'done' | 'always'
  /** The step or signal that it is about. */
  readonly name: string | null
  /** Of a timer that has a fixed length. */
  readonly afterMs: number | null
  readonly isGuarded: boolean
}

export type Chart = { readonly nodes: readonly ChartNode[]; readonly ways: readonly ChartWay[] }

export function chartOf({ machine }: SagaDefinition): Chart {
  const root = machine.root as unknown as StateNode
  const nodes = nodesOf(root).filter((node) => node !== root)
  return { nodes: nodes.map((node) => toNode(node, root)), ways: nodesOf(root).flatMap(waysOf) }
}

function toNode(node: StateNode, root: StateNode): ChartNode {
  const parent = node.parent as StateNode | undefined
  const firsts = parent?.type === 'parallel' ? [] : (parent?.initial?.target ?? [])
  return {
    id: node.id,
    parent: parent === undefined || parent === root ? null : parent.id,
    name: node.key,
    kind: node.type,
    isInitial: firsts.some(({ id }) => id === node.id),
    isFailure: node.tags.includes(failedTag),
    steps: node.invoke.map(({ id }) => stepOf(id)),
  }
}

/** Several invokes may do one step side by side, as `<step>#<lane>`. */
const stepOf = (invoke: string): string => invoke.split('#', 1)[0] ?? invoke

function waysOf(node: StateNode): readonly ChartWay[] {
  const named = [...node.transitions].flatMap(([event, taken]) =>
    taken.map((one) => ({ ...one, event })),
  )
  const always = (node.always ?? []).map((one) => ({ ...one, event: '' }))
  return [...named, ...always].flatMap(({ event, target, guard }) =>
    (target ?? []).map(({ id }) => ({
      ...{ from: node.id, to: id },
      ...reasonOf(event),
      isGuarded: guard !== undefined,
    })),
  )
}

const reasons = [
  ['reply', /^xstate\.done\.actor\.(.+)$/],
  ['error', /^xstate\.error\.actor\.(.+)$/],
  ['timer', /^xstate\.after\.([^.]+)\./],
  ['done', /^xstate\.done\.state\.(.+)$/],
] as const

function reasonOf(event: string): Pick<ChartWay, 'kind' | 'name' | 'afterMs'> {
  if (event === '') return { kind: 'always', name: null, afterMs: null }
  for (const [kind, form] of reasons) {
    const found = form.exec(event)?.[1]
    if (found === undefined) continue
    if (kind === 'timer') return timerOf(found)
    return { kind, name: kind === 'done' ? null : stepOf(found), afterMs: null }
  }
  return { kind: 'signal', name: event, afterMs: null }
}

/** A delay is either a number or the name of a function that makes one. */
function timerOf(delay: string): Pick<ChartWay, 'kind' | 'name' | 'afterMs'> {
  const isFixed = /^\d+$/.test(delay)
  return { kind: 'timer', name: isFixed ? null : delay, afterMs: isFixed ? Number(delay) : null }
}
