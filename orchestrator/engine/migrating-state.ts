// Whether a living saga can stand in a state of another version: the state must be there, and wait
// for exactly what is under way. Called by the plan of a migration.
import type { StateNode } from 'xstate'
import type { Json } from '../../messaging/message.ts'
import type { MigratingState, SagaDefinition } from '../definition/saga-definition.ts'
import { invokeOf } from './move.ts'
import type { MigrationQuestion } from './plan-migration.ts'
import type { Saga } from './saga.ts'

/** Its statechart will be asked again; while it is undone, or tidies up at its end, it is not. */
export function isForward({ failure, isFinishing }: Saga): boolean {
  return failure === null && !isFinishing
}

/** Why the saga cannot go on in this state of the new version, or null. */
export function stateProblem(question: MigrationQuestion, state: MigratingState): string | null {
  const { to, saga } = question
  if (state.value === null) return inputProblem(to, saga.input)
  const place = placeOf(to, state)
  if (place === null) {
    return `its state ${JSON.stringify(state.value)} is not in version ${to.version}`
  }
  if (place.isEnd && isForward(saga)) {
    return `its state ${JSON.stringify(state.value)} is an end in version ${to.version}`
  }
  return (
    timersProblem(question, place.nodes) ??
    invokesProblem(question, place.nodes) ??
    contextProblem(question, state)
  )
}

function inputProblem(to: SagaDefinition, input: unknown): string | null {
  const problem = to.checkInput(input)
  return problem === null ? null : `its input does not fit version ${to.version}: ${problem}`
}

type Node = Pick<StateNode, 'entry' | 'invoke' | 'ownEvents'>

type Place = { readonly nodes: readonly Node[]; readonly isEnd: boolean }

/** What a state value means, or null when the machine has no such value. */
export function placeOf(
  { machine }: SagaDefinition,
  { value, context }: MigratingState,
): Place | null {
  type Snapshot = {
    readonly value: Json
    readonly status: string
    readonly _nodes: readonly Node[]
  }
  const resolver = machine as unknown as { resolveState(state: MigratingState): Snapshot }
  try {
    const snapshot = resolver.resolveState({ value, context })
    // XState completes a value that stops short; those inner states would never have been entered.
    if (!sameValue(snapshot.value, value)) return null
    return { nodes: snapshot._nodes, isEnd: snapshot.status !== 'active' }
  } catch {
    return null
  }
}

function sameValue(one: Json, other: Json): boolean {
  if (typeof one !== 'object' || typeof other !== 'object') return one === other
  const [a, b] = [one, other] as readonly Readonly<Record<string, Json>>[]
  if (!a || !b || Object.keys(a).length !== Object.keys(b).length) return false
  return Object.entries(a).every(([key, value]) => key in b && sameValue(value, b[key] ?? null))
}

function timersProblem({ to, saga }: MigrationQuestion, nodes: readonly Node[]): string | null {
  const gone = saga.timers.find(({ event }) => !nodes.some((node) => hears(node, event)))
  return gone === undefined ? null : `its timer ${gone.id} means nothing in version ${to.version}`
}

const hears = (node: Node, event: string) => node.ownEvents.includes(event as never)

/** Going forward, the new state must wait for what is under way, and for nothing never sent. */
function invokesProblem(
  { from, to, saga }: MigrationQuestion,
  nodes: readonly Node[],
): string | null {
  if (!isForward(saga)) return null
  const active = invokesOf(nodes)
  const pending = saga.steps.filter(({ outcome, isPaused }) => outcome === 'pending' || isPaused)
  const lost = pending.find((step) => !active.has(invokeOf(step)))
  if (lost)
    return `step ${lost.name} is under way, and version ${to.version} does not wait for it there`
  const known = invokesOf(placeOf(from, saga)?.nodes ?? [])
  const unsent = [...active].find((id) => !known.has(id))
  return unsent === undefined
    ? null
    : `version ${to.version} waits there for ${unsent}, which was never sent`
}

function invokesOf(nodes: readonly Node[]): ReadonlySet<string> {
  return new Set(nodes.flatMap(({ invoke }) => invoke.map(({ id }) => id)))
}

/** What can be known of a context: that of a list of steps holds the input and the replies. */
function contextProblem(
  { to, saga }: MigrationQuestion,
  { context }: MigratingState,
): string | null {
  if (to.functions === null) return null
  const { input, replies } = (context ?? {}) as {
    readonly input?: unknown
    readonly replies?: Readonly<Record<string, unknown>>
  }
  if (replies === undefined) return 'its context is not that of a list of steps'
  const misfit = inputProblem(to, input)
  if (misfit !== null || !isForward(saga)) return misfit
  for (const [name, reply] of Object.entries(replies)) {
    const problem = to.steps.get(name)?.command.checkReply(reply) ?? null
    if (problem !== null)
      return `the reply to ${name} does not fit version ${to.version}: ${problem}`
  }
  return null
}
