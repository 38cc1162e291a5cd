// The only place that asks XState to move: one event in, what the machine wants out. Actors are
// never started, children never kept; outside text never chooses an event's type.
import { type AnyStateMachine, initialTransition, type StateNode, transition } from 'xstate'
import type { Json } from '../../messaging/message.ts'
import { failedTag } from '../definition/compile-steps.ts'
import { orchestratorError } from '../errors.ts'

export type ChartState = {
  readonly value: Json
  readonly context: Json
  readonly historyValue: Json
}

/** The closed table of what may reach a machine. */
export type ChartEvent =
  | { readonly type: 'done'; readonly step: string; readonly output: Json }
  | { readonly type: 'error'; readonly step: string; readonly error: Json }
  | { readonly type: 'timer'; readonly event: string }

export type ChartMove = ChartState & {
  /** `failed` is a final state tagged so, or an error that no state handles. */
  readonly end: 'completed' | 'failed' | null
  readonly entered: readonly { readonly step: string; readonly payload: Json }[]
  /** The invokes that the machine is in now, the entered ones among them; none at an end. */
  readonly active: ReadonlySet<string>
  readonly timersSet: readonly { id: string; delayMs: number; event: string }[]
  readonly timersCancelled: readonly string[]
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
    const { value, context } = state
    const historyValue = restoreHistory(machine, state.historyValue)
    const from = (machine as unknown as Resolver).resolveState({ value, context, historyValue })
    const [snapshot, actions] = transition(machine, from, xstateEvent(event) as never)
    return toMove(snapshot as Snapshot, actions as readonly Action[])
  })
}

/** What is used of a machine here; XState's own type costs the compiler seconds. */
type Resolver = { resolveState(state: Readonly<Record<string, unknown>>): never }

type Snapshot = {
  readonly status: 'active' | 'done' | 'error' | 'stopped'
  readonly value: Json
  readonly context: Json
  readonly historyValue: Readonly<Record<string, readonly { readonly id: string }[]>>
  /** The states that the machine is in, with all that they are inside of. */
  readonly _nodes: readonly Pick<StateNode, 'invoke'>[]
  hasTag(tag: string): boolean
}

type Action = { readonly type: string; readonly params?: unknown }

/** Whatever a function of the definition throws is the definition's failure. */
export function guarded(machine: AnyStateMachine, work: () => ChartMove): ChartMove {
  try {
    return work()
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    throw orchestratorError('SAGA_DEFINITION_FAILED', { name: machine.id, problem }, error)
  }
}

function xstateEvent(event: ChartEvent): { readonly type: string } {
  if (event.type === 'timer') return { type: event.event }
  const type = `xstate.${event.type}.actor.${event.step}`
  const { step: actorId } = event
  if (event.type === 'done') return { type, output: event.output, actorId } as { type: string }
  return { type, error: event.error, actorId } as { type: string }
}

function toMove(snapshot: Snapshot, actions: readonly Action[]): ChartMove {
  const { value, context } = snapshot
  const historyValue = storeHistory(snapshot.historyValue)
  const end = endOf(snapshot)
  const active = new Set(end === null ? activeInvokes(snapshot) : [])
  const entered = enteredInvokes(actions, active)
  return { value, context, historyValue, end, active, entered, ...changedTimers(actions) }
}

/** What was entered and left within the same move was never begun. */
function enteredInvokes(
  actions: readonly Action[],
  active: ReadonlySet<string>,
): ChartMove['entered'] {
  const payloads = new Map<string, Json>()
  for (const { type, params } of actions) {
    if (type !== 'xstate.spawnChild') continue
    const { id, input } = params as { readonly id: string; readonly input?: Json }
    payloads.delete(id)
    if (active.has(id)) payloads.set(id, input ?? null)
  }
  return [...payloads].map(([step, payload]) => ({ step, payload }))
}

type Raise = { readonly id?: string; readonly delay?: number; readonly event: { type: string } }

/** In the order of the actions: the same timer may be set, dropped and set again. */
function changedTimers(
  actions: readonly Action[],
): Pick<ChartMove, 'timersSet' | 'timersCancelled'> {
  const set = new Map<string, ChartMove['timersSet'][number]>()
  const timersCancelled: string[] = []
  for (const { type, params } of actions) {
    if (type === 'xstate.raise') {
      const { id, delay, event } = params as Raise
      const isDelay = delay !== undefined && Number.isFinite(delay) && delay >= 0
      if (!isDelay) throw new Error(`the delay of ${event.type} is ${delay}`)
      const timer = { id: id ?? event.type, delayMs: delay, event: event.type }
      set.set(timer.id, timer)
    } else if (type === 'xstate.cancel') {
      const { sendId } = params as { readonly sendId: string }
      set.delete(sendId)
      timersCancelled.push(sendId)
    }
  }
  return { timersSet: [...set.values()], timersCancelled }
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
