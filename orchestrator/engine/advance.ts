// The one place where a saga moves: an event comes in, what must follow comes out. Pure: no
// clock, no chance, no I/O. The coordinator, replay and the tests call it.
import { invariant, SagalineError } from '../../messaging/errors.ts'
import type { SagaDefinition } from '../definition/saga-definition.ts'
import { attemptDue } from './attempts.ts'
import { chartOf } from './chart.ts'
import type { Advance, SagaEvent, Started } from './event.ts'
import { applyChartMove, moveForward } from './forward.ts'
import { type Move, type Place, patchSaga, stepAt } from './move.ts'
import { retryStuck } from './operator.ts'
import { park } from './park.ts'
import { applyReply, findPlace } from './reply.ts'
import { isEnded, type Saga, type Trouble } from './saga.ts'

/**
 * Moves a saga by one event at the given time (ms since the epoch). `saga` is null for `started`
 * and only then. @throws SAGA_DEFINITION_FAILED when the definition throws at the start; later
 * that parks the saga instead.
 */
export function advance(
  definition: SagaDefinition,
  saga: Saga | null,
  event: SagaEvent,
  now: number,
): Advance {
  const before = saga ?? unborn(definition, event)
  const move: Move = { definition, now, saga: before, commands: [], facts: [] }
  const problem = apply(move, event)
  const isSilent = move.facts.length === 0
  const revision = before.revision + (isSilent ? 0 : 1)
  const after = isEnded(move.saga) ? withoutPayloads(move.saga) : move.saga
  return {
    saga: isSilent ? before : { ...after, revision },
    commands: move.commands,
    facts: move.facts,
    wakeAt: wakeAt(move.saga),
    problem,
  }
}

function apply(move: Move, event: SagaEvent): string | null {
  switch (event.type) {
    case 'started':
      return start(move, event)
    case 'replied': {
      const place = findPlace(move, event)
      return guarded(move, place, () => applyReply(move, event, place))
    }
    case 'woken':
      return wake(move)
    case 'retried':
      return retryStuck(move, event)
  }
}

function unborn(definition: SagaDefinition, event: SagaEvent): Saga {
  invariant(event.type === 'started', `${event.type} before the saga was started`)
  return {
    id: event.sagaId,
    name: definition.name,
    version: definition.version,
    status: 'running',
    value: null,
    context: null,
    historyValue: null,
    steps: [],
    timers: [],
    failure: null,
    stuck: null,
    revision: 0,
  }
}

function start(move: Move, event: Started): null {
  invariant(move.saga.revision === 0, `saga ${move.saga.id} is started twice`)
  move.facts.push({ type: 'saga.started' })
  applyChartMove(move, chartOf(move.definition).start(event.input), noTrouble)
  return null
}

const noTrouble: Trouble = { step: null, visit: 0, direction: 'do', reason: null }

/**
 * Does one thing to the saga. A definition that throws leaves everything as it was, the step
 * pending, and parks the saga there: after a mend, a retry sends the same command, the fence
 * answers as before, and the saga goes on.
 */
function guarded<T>(move: Move, place: Place | null, work: () => T): T | null {
  const { saga } = move
  const [commands, facts] = [move.commands.length, move.facts.length]
  try {
    return work()
  } catch (error) {
    move.saga = saga
    move.commands.length = commands
    move.facts.length = facts
    // A broken invariant is a bug of ours: it parks this one saga, and guesses nothing.
    const code = error instanceof SagalineError ? error.code : 'INVARIANT_BROKEN'
    park(move, place, { code, message: error instanceof Error ? error.message : String(error) })
    return null
  }
}

/** Everything that is due, in order of time: timers of the chart, pauses, timeouts. */
function wake(move: Move): null {
  for (const item of dueItems(move.saga, move.now)) {
    if (move.saga.status === 'stuck') break
    if ('timer' in item) guarded(move, null, () => fireTimer(move, item.timer))
    else guarded(move, item.place, () => settleDue(move, item.place))
  }
  return null
}

type DueItem =
  | { readonly at: number; readonly timer: string }
  | { readonly at: number; readonly place: Place }

function dueItems(saga: Saga, now: number): readonly DueItem[] {
  const items: DueItem[] = []
  for (const timer of saga.timers) {
    if (timer.dueAt <= now) items.push({ at: timer.dueAt, timer: timer.id })
  }
  saga.steps.forEach((step, index) => {
    if (step.dueAt === null || step.dueAt > now) return
    const direction = step.undo === 'pending' ? 'undo' : 'do'
    items.push({ at: step.dueAt, place: { index, direction } })
  })
  return items.sort((a, b) => a.at - b.at)
}

/** An earlier item of the same wake-up may have settled this one. */
function settleDue(move: Move, place: Place): void {
  const { dueAt } = stepAt(move, place.index)
  if (dueAt !== null && dueAt <= move.now) attemptDue(move, place)
}

/** An earlier item of the same wake-up may have cancelled the timer, or set it anew. */
function fireTimer(move: Move, id: string): void {
  const timer = move.saga.timers.find((candidate) => candidate.id === id)
  if (timer === undefined || timer.dueAt > move.now) return
  patchSaga(move, { timers: move.saga.timers.filter((other) => other !== timer) })
  move.facts.push({ type: 'timer.fired', detail: id })
  moveForward(move, { type: 'timer', event: timer.event }, `timer ${id}`)
}

/** While a saga is stuck its time stands still: what came due meanwhile follows the way out. */
function wakeAt(saga: Saga): number | null {
  if (saga.status === 'stuck') return null
  let earliest: number | null = null
  for (const { dueAt } of [...saga.steps, ...saga.timers]) {
    if (dueAt !== null && (earliest === null || dueAt < earliest)) earliest = dueAt
  }
  return earliest
}

/** Nothing is sent any more after the end, so its row need not carry what could be. */
function withoutPayloads(saga: Saga): Saga {
  return { ...saga, steps: saga.steps.map((step) => ({ ...step, payload: null })) }
}
