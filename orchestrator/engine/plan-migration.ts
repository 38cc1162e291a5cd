// Whether a living saga can go on with another version of its definition, and in which state. What
// it did or has under way must mean the same there: ids, payloads and undos are kept as they are.
import { invariant } from '../../messaging/errors.ts'
import type {
  MigratingState,
  SagaDefinition,
  StepDefinition,
} from '../definition/saga-definition.ts'
import { isPassing } from './chart-rest.ts'
import { isForward, placeOf, stateProblem } from './migrating-state.ts'
import { newTimers } from './migrating-timers.ts'
import { invokeOf } from './move.ts'
import { isEnded, type Saga, type StepState } from './saga.ts'
import type { ChartTimer } from './statechart.ts'

/**
 * - `ok`: the saga can go on from `state`; `reason` tells what a person should know, or null.
 * - `needs-map`: its state does not fit the new version, which has no map for the old one.
 * - `impossible`: no map can help, what the map gives does not fit, or a function of the new version
 *   throws.
 */
export type MigrationPlan =
  | {
      readonly type: 'ok'
      readonly reason: string | null
      readonly state: MigratingState
      /** To be set, as if the saga entered its states now. */
      readonly timers: readonly ChartTimer[]
      /** To be set, where only the new version has a deadline; ms since the epoch. */
      readonly deadlineAt: number | null
    }
  | { readonly type: 'needs-map' | 'impossible'; readonly reason: string; readonly state: null }

export type MigrationQuestion = {
  readonly from: SagaDefinition
  readonly to: SagaDefinition
  readonly saga: Saga
  /** When its start was taken, in ms since the epoch. */
  readonly startedAt: number
}

export function planMigration(question: MigrationQuestion): MigrationPlan {
  const { from, to, saga } = question
  const fixed = lifeProblem(question) ?? stepsProblem(question) ?? historyProblem(question)
  if (fixed !== null) return { type: 'impossible', reason: fixed, state: null }
  const before: MigratingState = { value: saga.value, context: saga.context }
  const map = to.migrations.get(from.version)
  // A saga that has not begun has no state to map.
  if (map === undefined || saga.value === null) {
    const planned = planState(question, before)
    if (typeof planned !== 'string') return planned
    const type = saga.value === null ? 'impossible' : 'needs-map'
    return { type, reason: planned, state: null }
  }
  const mapped = applyMap(map, before)
  if ('problem' in mapped) return { type: 'impossible', reason: mapped.problem, state: null }
  const planned = planState(question, mapped)
  if (typeof planned !== 'string') return planned
  return { type: 'impossible', reason: `what the map gives does not fit: ${planned}`, state: null }
}

/** What the saga goes on with in this state; or why it does not fit. */
function planState(question: MigrationQuestion, state: MigratingState): MigrationPlan | string {
  const problem = stateProblem(question, state)
  if (problem !== null) return problem
  try {
    return planRest(question, state)
  } catch (error) {
    const threw = `version ${question.to.version} threw: ${textOf(error)}`
    return {
      type: 'impossible',
      reason: `in ${JSON.stringify(state.value)}, ${threw}`,
      state: null,
    }
  }
}

/** What entering the state would have brought. Throws where the definition throws. */
function planRest(question: MigrationQuestion, state: MigratingState): MigrationPlan | string {
  const { version } = question.to
  if (isLeftAtOnce(question, state)) {
    return `its state ${JSON.stringify(state.value)} is left at once in version ${version}`
  }
  const going = { state, timers: newTimers(question, state), deadlineAt: newDeadline(question) }
  if (isStranded(question, going)) return `nothing in version ${version} moves it on from there`
  return { type: 'ok', reason: remarks(question, going), ...going }
}

type Going = {
  readonly state: MigratingState
  readonly timers: readonly ChartTimer[]
  readonly deadlineAt: number | null
}

/** A limit that the saga has, or that has struck, is not replaced by another one. */
function newDeadline({ from, to, saga, startedAt }: MigrationQuestion): number | null {
  const isNew = from.deadlineMs === null && saga.deadlineAt === null
  if (to.deadlineMs === null || !isNew || saga.value === null || !isForward(saga)) return null
  return Math.floor(saga.begunAt ?? startedAt) + to.deadlineMs
}

/** Nothing would make it take the way on that it takes when it comes there. */
function isLeftAtOnce({ to, saga }: MigrationQuestion, state: MigratingState): boolean {
  if (state.value === null || !isForward(saga)) return false
  return isPassing(to.machine, { ...state, historyValue: saga.historyValue })
}

/** No answer, no time, no signal would ever come. */
function isStranded(
  { to, saga }: MigrationQuestion,
  { state, timers, deadlineAt }: Going,
): boolean {
  if (state.value === null || !isForward(saga)) return false
  const isTimed = timers.length + saga.timers.length > 0 || deadlineAt !== null
  if (isTimed || saga.deadlineAt !== null) return false
  const isAsked = ({ outcome, isPaused }: StepState) => outcome === 'pending' || isPaused
  if (saga.steps.some(isAsked)) return false
  const nodes = placeOf(to, state)?.nodes ?? []
  return !nodes.some(({ ownEvents }) => ownEvents.some((event) => to.signals.has(String(event))))
}

function lifeProblem({ from, saga }: MigrationQuestion): string | null {
  if (saga.version !== from.version) return `it has version ${saga.version}`
  return isEnded(saga) ? `it is ${saga.status}` : null
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
    return { problem: `the map threw: ${textOf(error)}` }
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** What goes well, and yet may not be what was meant. */
function remarks(question: MigrationQuestion, { state, timers, deadlineAt }: Going): string | null {
  if (state.value === null || !isForward(question.saga)) return null
  const passed = passedStep(question)
  const told = [
    ...(passed === undefined ? [] : [`it is past ${passed}, which it will not do any more`]),
    ...(timers.length === 0 ? [] : [`sets timer ${timers.map(({ id }) => id).join(', ')}`]),
    ...(deadlineAt === null ? [] : [`must end by ${new Date(deadlineAt).toISOString()}`]),
  ]
  return told.length === 0 ? null : told.join('; ')
}

function passedStep({ from, to, saga }: MigrationQuestion): string | undefined {
  const names = [...to.steps.keys()]
  const done = new Set(saga.steps.map(({ name }) => name))
  const last = Math.max(...saga.steps.map(({ name }) => names.indexOf(name)))
  return names.slice(0, last).find((name) => !done.has(name) && !from.steps.has(name))
}
