// A signal: an event from outside that the saga's author declared. It is delivered once, kept
// while a state ahead may wait for it, and refused when it can no longer matter.
import type { SagalineError } from '../../messaging/errors.ts'
import { orchestratorError } from '../errors.ts'
import { chartOf } from './chart.ts'
import type { Signalled } from './event.ts'
import { deliver, isBarred, signalEvent } from './forward.ts'
import { type Guarded, type Move, patchSaga } from './move.ts'
import { hasBegun } from './park.ts'
import { isEnded, type KeptSignal } from './saga.ts'
import { eventsAhead } from './signals-ahead.ts'
import { isTaken, signalKey, take } from './taken.ts'

/** Signals that one saga keeps until a state waits for them. */
export const keptSignalsMax = 100

/** Answers why the signal is refused, or null. */
export function applySignal(move: Move, event: Signalled, guarded: Guarded): SagalineError | null {
  const key = signalKey(event.id)
  const refusal = misfit(move, event)
  if (refusal !== null || isTaken(move, key)) return refusal
  const tooLate = whyTooLate(move, event.name)
  if (tooLate !== null) {
    return orchestratorError('SIGNAL_TOO_LATE', { name: event.name, problem: tooLate })
  }
  const { id, name, data, actor } = event
  const signal: KeptSignal = { id, name, data, actor }
  const before = move.saga
  const factsBefore = move.facts.length
  // Where the definition throws, the saga is parked and keeps the signal: it is for after the mend.
  const taken = guarded(move, null, () => takeNow(move, signal))
  if (taken === 'delivered') return null
  if (taken === 'barred') return orchestratorError('SAGA_PAST_PIVOT', { id: before.id })
  if (before.signals.length >= keptSignalsMax) {
    // Refused, so it changes nothing: not even that the saga is parked.
    move.saga = before
    move.facts.length = factsBefore
    return orchestratorError('SIGNALS_FULL', { id: before.id, limit: keptSignalsMax })
  }
  take(move, key)
  const { status, signals, held } = move.saga
  const place = status === 'paused' && held.length > 0 ? { heldBefore: held.length } : {}
  patchSaga(move, { signals: [...signals, { ...signal, ...place }] })
  move.facts.push({ type: 'signal.kept', detail: { id, name, actor } })
  return null
}

/** Early when nothing waits for it yet, barred when it would turn back where there is no way. */
function takeNow(move: Move, signal: KeptSignal): 'delivered' | 'early' | 'barred' {
  if (!isWaitedFor(move, signal)) return 'early'
  if (isBarred(move, signalEvent(signal))) return 'barred'
  take(move, signalKey(signal.id))
  deliver(move, signal)
  return 'delivered'
}

function misfit({ definition }: Move, event: Signalled): SagalineError | null {
  const signal = definition.signals.get(event.name)
  const { name } = event
  if (!signal) return orchestratorError('SIGNAL_UNKNOWN', { saga: definition.name, name })
  const problem = signal.check(event.data)
  if (problem !== null) return orchestratorError('SIGNAL_INVALID', { name, problem })
  if (signal.needsActor && event.actor === null) {
    return orchestratorError('SIGNAL_INVALID', { name, problem: 'it must say who sends it' })
  }
  return null
}

function whyTooLate({ definition, saga }: Move, name: string): string | null {
  if (isEnded(saga)) return `the saga is ${saga.status}`
  if (saga.failure !== null || saga.isFinishing) return 'the saga only undoes what was done'
  if (!hasBegun(saga)) return null
  const isAhead = eventsAhead(definition.machine, saga).has(name)
  return isAhead ? null : 'no state ahead waits for it'
}

/** A saga that a person holds takes nothing, but keeps it. */
function isWaitedFor({ definition, saga }: Move, signal: KeptSignal): boolean {
  if (!hasBegun(saga) || saga.status === 'paused') return false
  return chartOf(definition).accepts(saga, signalEvent(signal))
}
