// The one place where a saga moves: an event comes in, what must follow comes out. Pure: no
// clock, no chance, no I/O. The coordinator, replay and the tests call it.
import { invariant, SagalineError } from '../../messaging/errors.ts'
import type { SagaDefinition } from '../definition/saga-definition.ts'
import type { Advance, Fact, Operated, SagaEvent } from './event.ts'
import { deliverKept } from './forward.ts'
import { mayBecome } from './life.ts'
import { applyMigrated } from './migrate.ts'
import type { Move, Place } from './move.ts'
import { operate } from './operator.ts'
import { park } from './park.ts'
import { hold } from './pause.ts'
import { applyReply, findPlace } from './reply.ts'
import { revoke } from './revoke.ts'
import { isEnded, ordinary, type Saga, type SagaTrace } from './saga.ts'
import { applySignal } from './signal.ts'
import { run, start } from './start.ts'
import { wake, wakeAt } from './wake.ts'

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
  const move: Move = { definition, now, saga: before, commands: [], replies: [], facts: [] }
  const problem = apply(move, event)
  holdToLife(move, saga)
  const { commands, replies } = move
  const isSilent = move.facts.length === 0
  if (isSilent)
    return { saga: before, commands, replies, facts: [], wakeAt: wakeAt(before), problem }
  const facts = numbered(move.facts, before.sequence)
  const after = isEnded(move.saga) ? withoutPayloads(move.saga) : move.saga
  const sequence = facts.reduce((last, fact) => fact.seq ?? last, before.sequence)
  return {
    saga: { ...after, revision: before.revision + 1, sequence, trace: traceAfter(before, event) },
    commands,
    replies,
    facts,
    wakeAt: wakeAt(move.saga),
    problem,
  }
}

/** A saga that would take a way that no saga takes stands still instead: that is a bug of ours. */
function holdToLife(move: Move, before: Saga | null): void {
  const { status } = move.saga
  if (mayBecome(before?.status ?? null, status)) return
  invariant(before !== null, `a saga started as ${status}`)
  const message = `a saga that is ${before.status} became ${status}`
  move.saga = before
  for (const list of [move.commands, move.replies, move.facts]) list.length = 0
  park(move, null, { code: 'INVARIANT_BROKEN', message })
}

function apply(move: Move, event: SagaEvent): SagalineError | null {
  if (event.type === 'started') {
    invariant(move.saga.revision === 0, `saga ${move.saga.id} is started twice`)
    start(move, event)
    return null
  }
  if (move.saga.status === 'paused' && isHeld(move, event)) {
    hold(move, event)
    return null
  }
  return react(move, event)
}

type LaterEvent = Exclude<SagaEvent, { readonly type: 'started' }>

function react(move: Move, event: LaterEvent): SagalineError | null {
  switch (event.type) {
    case 'replied': {
      const place = findPlace(move, event)
      return guarded(move, place, () => applyReply(move, event, place))
    }
    case 'woken':
      return wake(move, guarded)
    case 'locked':
      return guarded(move, null, () => goOnLocked(move))
    case 'signalled':
      return guarded(move, null, () => applySignal(move, event, guarded))
    case 'revoked':
      return guarded(move, null, () => void revoke(move, event)) ?? null
    case 'operated': {
      const problem = operated(move, event)
      if (move.facts.length > 0) catchUp(move)
      return problem
    }
    case 'migrated': {
      const problem = applyMigrated(move, event)
      // A state of the new version may wait for what none of the old one did.
      guarded(move, null, () => deliverKept(move))
      return problem
    }
  }
}

/** What a paused saga keeps for later. Signals are kept by themselves, waking it does nothing, and
 * a reply that it never asked for is none of its own. */
function isHeld(move: Move, event: SagaEvent): boolean {
  if (event.type === 'replied') return findPlace(move, event) !== null
  return event.type === 'revoked'
}

function goOnLocked(move: Move): null {
  if (move.saga.status === 'waiting') run(move)
  return null
}

/** A verb that makes the definition throw is refused by that. */
function operated(move: Move, event: Operated): SagalineError | null {
  return guarded(move, null, () => {
    try {
      return whole(move, () => operate(move, event))
    } catch (error) {
      if (error instanceof SagalineError) return error
      throw error
    }
  })
}

/** After a pause, what came meanwhile is applied as if it came now; after a retry, what a throwing
 * definition did not take. */
function catchUp(move: Move): void {
  if (move.saga.status === 'paused') return
  const { held } = move.saga
  if (held.length > 0) move.saga = { ...move.saga, held: [] }
  held.forEach((late, index) => {
    guarded(move, null, () => deliverKept(move, index))
    if (late.type !== 'started') react(move, late)
  })
  guarded(move, null, () => deliverKept(move))
}

function unborn(definition: SagaDefinition, event: SagaEvent): Saga {
  invariant(event.type === 'started', `${event.type} before the saga was started`)
  return {
    ...ordinary,
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

/**
 * Does one thing to the saga. A definition that throws leaves everything as it was, the step
 * pending, and parks the saga there: after a mend, a retry sends the same command, the fence
 * answers as before, and the saga goes on.
 */
function guarded<T>(move: Move, place: Place | null, work: () => T): T | null {
  try {
    return whole(move, work)
  } catch (error) {
    // A broken invariant is a bug of ours: it parks this one saga, and guesses nothing.
    const code = error instanceof SagalineError ? error.code : 'INVARIANT_BROKEN'
    park(move, place, { code, message: error instanceof Error ? error.message : String(error) })
    return null
  }
}

/** All of it or nothing: what throws leaves the saga as it was, and nothing to be sent. */
function whole<T>(move: Move, work: () => T): T {
  const { saga } = move
  const counts = [move.commands.length, move.replies.length, move.facts.length] as const
  try {
    return work()
  } catch (error) {
    move.saga = saga
    move.commands.length = counts[0]
    move.replies.length = counts[1]
    move.facts.length = counts[2]
    throw error
  }
}

function traceAfter({ trace }: Saga, event: SagaEvent): SagaTrace | null {
  const last = 'traceparent' in event ? event.traceparent : undefined
  return last === undefined ? trace : { start: trace?.start ?? last, last }
}

/** Lifecycle events are counted without gaps. A sending is told with what led to it, so it counts
 * only where nothing else happened. */
function numbered(facts: readonly Fact[], sequence: number): readonly Fact[] {
  const isTold = ({ type }: Fact, index: number) => type !== 'command.sent' || index === 0
  let last = sequence
  return facts.map((fact, index) => (isTold(fact, index) ? { ...fact, seq: ++last } : fact))
}

/** Nothing is sent any more after the end, so its row need not carry what could be. Only a child
 * may still be undone. */
function withoutPayloads(saga: Saga): Saga {
  if (saga.parent !== null && saga.status === 'completed') return saga
  return { ...saga, steps: saga.steps.map((step) => ({ ...step, payload: null })) }
}
