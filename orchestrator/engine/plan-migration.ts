// Whether a living saga can go on with another version of its definition, and in which state. What
// it did or has under way must mean the same there: ids, payloads and undos are kept as they are.
import type { StateNode } from 'xstate'
import { invariant } from '../../messaging/errors.ts'
import type { Json } from '../../messaging/message.ts'
import type {
  MigratingState,
  SagaDefinition,
  StepDefinition,
} from '../definition/saga-definition.ts'
import { invokeOf } from './move.ts'
import { isEnded, type Saga, type StepState } from './saga.ts'

/**
 * - `ok`: the saga can go on from `state`; `reason` tells what a person should know, or null.
 * - `needs-map`: its state does not fit the new version, which has no map for the old one.
 * - `impossible`: no map can help, or what the map gives does not fit.
 */
export type MigrationPlan =
  | { readonly type: 'ok'; readonly reason: string | null; readonly state: MigratingState }
  | { readonly type: 'needs-map' | 'impossible'; readonly reason: string; readonly state: null }

export type MigrationQuestion = {
  readonly from: SagaDefinition
  readonly to: SagaDefinition
  readonly saga: Saga
}

export function planMigration(question: MigrationQuestion): MigrationPlan {
  const { from, to, saga } = question
  const fixed = lifeProblem(question) ?? stepsProblem(question) ?? historyProblem(question)
  if (fixed !== null) return { type: 'impossible', reason: fixed, state: null }
  const before: MigratingState = { value: saga.value, context: saga.context }
  const map = to.migrations.get(from.version)
  // A saga that has not begun has no state to map.
  if (map === undefined || saga.value === null) {
    const problem = stateProblem(question, before)
    if (problem === null) return { type: 'ok', reason: remark(question, before), state: before }
    const type = saga.value === null ? 'impossible' : 'needs-map'
    return { type, reason: problem, state: null }
  }
  const mapped = applyMap(map, before)
  if ('problem' in mapped) return { type: 'impossible', reason: mapped.problem, state: null }
  const problem = stateProblem(question, mapped)
  if (problem === null) return { type: 'ok', reason: remark(question, mapped), state: mapped }
  return { type: 'impossible', reason: `what the map gives does not fit: ${problem}`, state: null }
}

function lifeProblem({ from, saga }: MigrationQuestion): string | null {
  if (saga.version !== from.version) return `it has version ${saga.version}`
  return isEnded(saga) ? `it is ${saga.status}` : null
}

/** Its statechart will be asked again; while it is undone, or tidies up at its end, it is not. */
function isForward({ failure, isFinishing }: Saga): boolean {
  return failure === null && !isFinishing
}

/** No map changes what was sent: each such step must be there, and mean the same. */
function stepsProblem({ from, to, saga }: MigrationQuestion): string | null {
  for (const step of saga.steps.filter(matters)) {
    const before = from.steps.get(step.name)
    invariant(before, `${from.name}@${from.version} has no step ${step.name}`)
    const problem = stepProblem(before, to)
    if (problem !== null) return problem
    const id = invokeOf(step)
    if (JSON.stringify(from.paths.get(id)) !== JSON.stringify(to.paths.get(id))) {
      return `step ${step.name} stands in other parallel states in version ${to.version}`
    }
  }
  return null
}

/** It was, or may be, or will be done; one that is parked can be sent again. */
function matters({ outcome, isPaused }: StepState): boolean {
  return (outcome !== 'refused' && outcome !== 'skipped') || isPaused
}

function stepProblem(before: StepDefinition, to: SagaDefinition): string | null {
  const { name, kind } = before
  const after = to.steps.get(name)
  if (kind === 'pivot' && after?.kind !== 'pivot') {
    return `it is at or past its pivot ${name}, which is none in version ${to.version}`
  }
  if (after === undefined) return `step ${name} is not in version ${to.version}`
  const differs = (what: string) => `step ${name} has another ${what} in version ${to.version}`
  if (after.kind !== kind) return differs('kind')
  const [one, other] = [before.command, after.command]
  if (one.name !== other.name || one.topic !== other.topic) return differs('command')
  if (one.undo?.name !== other.undo?.name || one.undo?.topic !== other.undo?.topic) {
    return differs('undo')
  }
  return before.child?.name === after.child?.name ? null : differs('child saga')
}

/** Its history value holds ids of states, and is not for maps. */
function historyProblem({ to, saga }: MigrationQuestion): string | null {
  const history = (saga.historyValue ?? {}) as Readonly<Record<string, readonly string[]>>
  const gone = Object.values(history)
    .flat()
    .find((id) => !hasState(to, id))
  return gone === undefined ? null : `its history state ${gone} is not in version ${to.version}`
}

function hasState({ machine }: SagaDefinition, id: string): boolean {
  try {
    machine.getStateNodeById(id)
    return true
  } catch {
    return false
  }
}

function applyMap(
  map: (state: MigratingState) => MigratingState,
  before: MigratingState,
): MigratingState | { readonly problem: string } {
  try {
    const { value, context } = map(structuredClone(before))
    // What JSON loses would be lost in the saga's row.
    return JSON.parse(JSON.stringify({ value, context: context ?? null })) as MigratingState
  } catch (error) {
    return { problem: `the map threw: ${error instanceof Error ? error.message : String(error)}` }
  }
}

/** Why the saga cannot go on in this state of the new version, or null. */
function stateProblem(question: MigrationQuestion, state: MigratingState): string | null {
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

type Node = Pick<StateNode, 'invoke' | 'ownEvents'>

type Place = { readonly nodes: readonly Node[]; readonly isEnd: boolean }

/** What a state value means, or null when the machine has no such value. */
function placeOf({ machine }: SagaDefinition, { value, context }: MigratingState): Place | null {
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

/** What goes well, and yet may not be what was meant. */
function remark({ from, to, saga }: MigrationQuestion, state: MigratingState): string | null {
  if (state.value === null || !isForward(saga)) return null
  const names = [...to.steps.keys()]
  const done = new Set(saga.steps.map(({ name }) => name))
  const last = Math.max(...saga.steps.map(({ name }) => names.indexOf(name)))
  const passed = names.slice(0, last).find((name) => !done.has(name) && !from.steps.has(name))
  return passed === undefined ? null : `it is past ${passed}, which it will not do any more`
}
