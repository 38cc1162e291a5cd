// A definition's statechart as a drawing needs it: states in states, and the ways between them, each
// with the words that stand at it. Read from the machine itself, so that a drawing cannot lie.
import type { AnyStateMachine, StateNode } from 'xstate'
import { failedTag } from './compile-steps.ts'
import type { SagaDefinition, StepDefinition } from './saga-definition.ts'

export type DrawnState = {
  readonly id: string
  readonly name: string
  /** `failed`: the end that means that what was done is undone. */
  readonly kind: 'step' | 'state' | 'group' | 'parallel' | 'completed' | 'failed'
  /** What is sent on entering it. */
  readonly steps: readonly StepDefinition[]
  /** Where a group begins; null for those without states inside. */
  readonly initial: string | null
  readonly states: readonly DrawnState[]
}

export type DrawnWay = {
  readonly from: string
  readonly to: string
  /** Empty for what follows when a step is done. */
  readonly label: string
  readonly kind: 'done' | 'refused' | 'timer' | 'signal' | 'choice'
}

export type DrawnChart = {
  readonly name: string
  readonly version: number
  readonly initial: string
  readonly states: readonly DrawnState[]
  readonly ways: readonly DrawnWay[]
}

export function drawnChart(definition: SagaDefinition): DrawnChart {
  const { name, version, machine, steps } = definition
  const root = rootOf(machine)
  return {
    ...{ name, version },
    initial: initialOf(root) ?? '',
    states: childrenOf(root).map((node) => toState(node, steps)),
    ways: childrenOf(root).flatMap((node) => waysFrom(node, steps)),
  }
}

const rootOf = (machine: AnyStateMachine) => machine.root as unknown as StateNode

function childrenOf(node: StateNode): readonly StateNode[] {
  return Object.values(node.states as Readonly<Record<string, StateNode>>)
}

function initialOf(node: StateNode): string | null {
  return node.type === 'compound' ? (node.initial?.target?.[0]?.id ?? null) : null
}

function toState(node: StateNode, steps: SagaDefinition['steps']): DrawnState {
  // Of several lanes of one step, each invoke is `<name>#<lane>`.
  const sent = node.invoke.flatMap(({ id }) => steps.get(id.split('#')[0] ?? '') ?? [])
  return {
    id: node.id,
    name: node.key,
    kind: kindOf(node),
    steps: sent,
    initial: initialOf(node),
    states: childrenOf(node).map((child) => toState(child, steps)),
  }
}

function kindOf(node: StateNode): DrawnState['kind'] {
  if (node.type === 'final') return node.tags.includes(failedTag) ? 'failed' : 'completed'
  if (node.type === 'parallel') return 'parallel'
  if (node.type === 'compound') return 'group'
  return node.invoke.length > 0 ? 'step' : 'state'
}

/** A transition of XState, as far as it matters here. */
type Transition = { readonly target?: readonly StateNode[] | undefined; readonly guard?: unknown }

function waysFrom(node: StateNode, steps: SagaDefinition['steps']): readonly DrawnWay[] {
  const told = [...node.transitions].flatMap(([event, transitions]) =>
    toWays(node, event, transitions as unknown as readonly Transition[]),
  )
  const always = toWays(node, '', (node.always ?? []) as unknown as readonly Transition[])
  const inner = childrenOf(node).flatMap((child) => waysFrom(child, steps))
  return [...told.filter((way) => !isNeverTaken(way, node, steps)), ...always, ...inner]
}

/** A retriable step that is refused waits for a person, whatever the machine says. */
function isNeverTaken({ kind }: DrawnWay, node: StateNode, steps: SagaDefinition['steps']) {
  const isOnward = ({ id }: { readonly id: string }) =>
    steps.get(id.split('#')[0] ?? '')?.kind === 'retriable'
  return kind === 'refused' && node.invoke.every(isOnward)
}

function toWays(
  node: StateNode,
  event: string,
  transitions: readonly Transition[],
): readonly DrawnWay[] {
  return transitions.flatMap(({ target = [], guard }, at) => {
    const kind = wayKind(event)
    const words = wordsOf(event, kind)
    const label = [words, guardText(guard, at, transitions.length)].filter(Boolean).join(' ')
    return target.map((to) => ({ from: node.id, to: to.id, label, kind }))
  })
}

function wayKind(event: string): DrawnWay['kind'] {
  if (event.startsWith('xstate.done.')) return 'done'
  if (event.startsWith('xstate.error.')) return 'refused'
  if (event.startsWith('xstate.after.')) return 'timer'
  return event === '' ? 'choice' : 'signal'
}

function wordsOf(event: string, kind: DrawnWay['kind']): string {
  if (kind === 'refused') return 'refused'
  if (kind === 'signal') return event
  return kind === 'timer' ? `after ${delayText(event.split('.')[2] ?? '')}` : ''
}

const delayUnits: readonly (readonly [ms: number, name: string])[] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
]

/** Of ms in the largest unit that fits without a rest; a name as it is. */
function delayText(text: string): string {
  const ms = Number(text)
  if (Number.isNaN(ms)) return text.split(':')[0] ?? text
  const [unitMs, name] = delayUnits.find(([unit]) => ms > 0 && ms % unit === 0) ?? [1, 'ms']
  return `${ms / unitMs} ${name}`
}

/** Guards without a name are told apart by their order. */
function guardText(guard: unknown, at: number, of: number): string {
  if (guard === undefined) return of > 1 && at === of - 1 ? '[else]' : ''
  if (typeof guard === 'string') return `[${guard}]`
  const { type, name = '' } = guard as { readonly type?: unknown; readonly name?: string }
  const known = typeof type === 'string' ? type : name
  if (known !== '' && known !== 'guard') return `[${known}]`
  return of > 1 ? `[if ${at + 1}]` : '[if]'
}
