// The only place that asks XState to move: one event in, what the machine wants out. Actors are
// never started, children never kept; outside text never chooses an event's type.
import { type AnyStateMachine, initialTransition, type StateNode, transition } from 'xstate'
import type { Json } from '../../messaging/message.ts'
import { timeMsMax } from '../definition/check-options.ts'
import { failedTag } from '../definition/compile-steps.ts'
import { orchestratorError } from '../errors.ts'

export type ChartState = {
  readonly value: Json
  readonly context: Json
  readonly historyValue: Json
}

/** The closed table of what may reach a machine. Signals are known to the definition. */
export type ChartEvent =
  | { readonly type: 'done'; readonly invoke: string; readonly output: Json }
  | {
      readonly type: 'error'
      readonly invoke: string
      readonly error: Json
      /** The error is what a participant said why it will not do it. */
      readonly isRefusal?: true
    }
  | { readonly type: 'timer'; readonly event: string }
  | {
      readonly type: 'signal'
      readonly name: string
      readonly data: Json
      readonly actor: string | null
    }

/** What was entered, in its order: invokes, and parallel states that say so by an action. */
export type ChartEntry =
  | { readonly type: 'invoke'; readonly invoke: string; readonly payload: Json }
  | { readonly type: 'group'; readonly group: string }

/** A timer's time: after that many ms, or at that moment. */
export type ChartTimer = {
  readonly id: string
  readonly event: string
  readonly time: { readonly afterMs: number } | { readonly at: number }
}

export type ChartMove = ChartState & {
  /** `failed` is a final state tagged so, or an error that no state handles. */
  readonly end: 'completed' | 'failed' | null
  readonly entered: readonly ChartEntry[]
  /** The invokes that the machine is in now, the entered ones among them; none at an end. */
  readonly active: ReadonlySet<string>
  readonly timersSet: readonly ChartTimer[]
  readonly timersCancelled: readonly string[]
  /** Whom approvals were escalated to, and where. */
  readonly escalations: readonly Json[]
}

/** @throws SAGA_DEFINITION_FAILED when a function of the definition throws. */
export function startChart(machine: AnyStateMachine, input: Json): ChartMove {
  return guarded(machine, () => {
    if (!((machine.options.maxIterations ?? Infinity) < Infinity)) {
      throw new Error('its machine sets no options.maxIterations, so a loop could run for ever')
    }
    const [snapshot, actions] = initialTransition(machine, input as never)
    if (snapshot.status === 'error') throw snapshot.error
    return toMove(snapshot as Snapshot, actions as readonly Action[])
  })
}

/** @throws SAGA_DEFINITION_FAILED when a function of the definition throws. */
export function moveChart(
  machine: AnyStateMachine,
  state: ChartState,
  event: ChartEvent,
): ChartMove {
  return guarded(machine, () => {
    const from = restore(machine, state)
    const [snapshot, actions] = transition(machine, from as never, xstateEvent(event) as never)
    return toMove(snapshot as Snapshot, actions as readonly Action[])
  })
}

/**
 * Whether the state as it stands does something with the event.
 * @throws SAGA_DEFINITION_FAILED when a guard throws.
 */
export function accepts(machine: AnyStateMachine, state: ChartState, event: ChartEvent): boolean {
  return guarded(machine, () => restore(machine, state).can(xstateEvent(event)))
}

/** The states that the machine is in, with all that they are inside of. */
export function activeNodes(machine: AnyStateMachine, state: ChartState): readonly StateNode[] {
  return restore(machine, state)._nodes as readonly StateNode[]
}

export function restore(machine: AnyStateMachine, state: ChartState): Snapshot {
  const { value, context } = state
  const historyValue = restoreHistory(machine, state.historyValue)
  return (machine as unknown as Resolver).resolveState({ value, context, historyValue })
}

/** What is used of a machine here; XState's own type costs the compiler seconds. */
type Resolver = { resolveState(state: Readonly<Record<string, unknown>>): Snapshot }

type Snapshot = {
  readonly status: 'active' | 'done' | 'error' | 'stopped'
  readonly value: Json
  readonly context: Json
  readonly historyValue: Readonly<Record<string, readonly { readonly id: string }[]>>
  readonly children: Readonly<Record<string, unknown>>
  readonly _nodes: readonly Pick<StateNode, 'invoke'>[]
  hasTag(tag: string): boolean
  can(event: { readonly type: string }): boolean
}

type Action = { readonly type: string; readonly params?: unknown }

/** Whatever a function of the definition throws is the definition's failure. */
export function guarded<T>(machine: { readonly id: string }, work: () => T): T {
  try {
    return work()
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    throw orchestratorError('SAGA_DEFINITION_FAILED', { name: machine.id, problem }, error)
  }
}

function xstateEvent(event: ChartEvent): { readonly type: string } {
  if (event.type === 'timer') return { type: event.event }
  if (event.type === 'signal') {
    const { name, data, actor } = event
    return { type: name, data, actor } as { type: string }
  }
  const { invoke: actorId } = event
  const type = `xstate.${event.type}.actor.${actorId}`
  if (event.type === 'done') return { type, output: event.output, actorId } as { type: string }
  const { error, isRefusal = false } = event
  return { type, error, isRefusal, actorId } as { type: string }
}

function toMove(snapshot: Snapshot, actions: readonly Action[]): ChartMove {
  const { value } = snapshot
  // What a row would lose must not be there before either, or a replay would differ.
  const context = JSON.parse(JSON.stringify(snapshot.context ?? null)) as Json
  const historyValue = storeHistory(snapshot.historyValue)
  const end = endOf(snapshot)
  const invoked = activeInvokes(snapshot)
  const stray = Object.keys(snapshot.children).find((id) => !invoked.includes(id))
  if (stray !== undefined) throw new Error(`an assign spawns ${stray}: only invokes are commands`)
  const active = new Set(end === null ? invoked : [])
  const entered = enteredStates(actions, active)
  const escalations = actions.flatMap(({ type, params }) =>
    type === 'sagaline.escalate' ? [(params ?? null) as Json] : [],
  )
  const timers = changedTimers(actions)
  return { value, context, historyValue, end, active, entered, escalations, ...timers }
}

/** What was entered and left within the same move was never begun. */
function enteredStates(
  actions: readonly Action[],
  active: ReadonlySet<string>,
): readonly ChartEntry[] {
  const entries = new Map<string, ChartEntry>()
  for (const { type, params } of actions) {
    if (type !== 'xstate.spawnChild' && type !== 'sagaline.group') continue
    const { id, input } = params as { readonly id: string; readonly input?: Json }
    const key = `${type} ${id}`
    entries.delete(key)
    if (type === 'sagaline.group') entries.set(key, { type: 'group', group: id })
    else if (active.has(id))
      entries.set(key, { type: 'invoke', invoke: id, payload: input ?? null })
  }
  return [...entries.values()]
}

type Raise = { readonly id?: string; readonly delay?: number; readonly event: { type: string } }

/** In the order of the actions: the same timer may be set, dropped and set again. */
function changedTimers(
  actions: readonly Action[],
): Pick<ChartMove, 'timersSet' | 'timersCancelled'> {
  const set = new Map<string, ChartTimer>()
  const timersCancelled: string[] = []
  for (const { type, params } of actions) {
    if (type === 'xstate.raise') {
      const timer = timerOf(params as Raise)
      set.set(timer.id, timer)
    } else if (type === 'xstate.cancel') {
      const { sendId } = params as { readonly sendId: string }
      set.delete(sendId)
      timersCancelled.push(sendId)
    }
  }
  return { timersSet: [...set.values()], timersCancelled }
}

/** A delay that is named so is a moment, not a length: machines know no clock. */
const momentPrefix = 'xstate.after.until:'

/** The last moment that can be written with four digits for its year. */
const momentMax = Date.UTC(9999, 11, 31)

export function timerOf({ id, delay = Number.NaN, event }: Raise): ChartTimer {
  const isMoment = event.type.startsWith(momentPrefix)
  const isDelay = delay >= 0 && delay <= (isMoment ? momentMax : timeMsMax)
  if (!isDelay) throw new Error(`the delay of ${event.type} is ${delay}`)
  const time = isMoment ? { at: delay } : { afterMs: delay }
  return { id: id ?? event.type, event: event.type, time }
}

/** XState does not say which child it stopped once a snapshot was restored, so look who is left. */
function activeInvokes({ _nodes }: Snapshot): readonly string[] {
  return _nodes.flatMap((node) => node.invoke.map(({ id }) => id))
}

function endOf(snapshot: Snapshot): ChartMove['end'] {
  if (snapshot.status === 'active') return null
  return snapshot.status === 'done' && !snapshot.hasTag(failedTag) ? 'completed' : 'failed'
}

/** History values hold state nodes; rows hold their ids. */
function storeHistory(history: Snapshot['historyValue']): Json {
  const entries = Object.entries(history)
  if (entries.length === 0) return null
  return Object.fromEntries(entries.map(([key, nodes]) => [key, nodes.map((node) => node.id)]))
}

function restoreHistory(machine: AnyStateMachine, stored: Json): unknown {
  if (stored === null) return {}
  const entries = Object.entries(stored as Readonly<Record<string, readonly string[]>>)
  const nodes = (ids: readonly string[]) => ids.map((id) => machine.getStateNodeById(id))
  return Object.fromEntries(entries.map(([key, ids]) => [key, nodes(ids)]))
}
