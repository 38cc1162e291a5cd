// What one lifecycle event counts for, in which minute, and what must be remembered of its saga so that
// nothing counts twice. In whatever order events come, and however often, the sums are the same. Pure.
import type { FactType } from '../engine/event.ts'
import { isWithoutGap, type SeenNumbers, see } from './seen-numbers.ts'
import type { Sending, Told } from './told.ts'
import type { Place, Windows } from './windows.ts'

type Event = Pick<Told, 'type' | 'at' | 'data'>

/** A span of which one end, or both, are known. Times in ms since the epoch. */
type Span = {
  readonly from?: number
  /** Ends that came before their beginning did. */
  readonly to?: readonly number[]
  /** It is over, for good. */
  readonly isSettled?: true
}

/** Plain JSON: it is kept in a row. */
export type CountedSaga = {
  readonly seen: SeenNumbers
  readonly life: Span
  /** By `<step>/<visit>`: from its first sending to what came of it. */
  readonly steps: Readonly<Record<string, Span>>
}

export const uncounted: CountedSaga = { seen: [], life: {}, steps: {} }

/** Visits that are remembered of one saga; of what is beyond no duration is known. */
const stepsMax = 200

type Ends = 'completed' | 'compensated' | 'failed'

const endsOfSagas: Readonly<Partial<Record<FactType, Ends>>> = {
  'saga.completed': 'completed',
  'saga.compensated': 'compensated',
  'saga.abandoned': 'failed',
  'saga.terminated': 'failed',
}

const endsOfSteps: Readonly<Partial<Record<FactType, Ends>>> = {
  'step.succeeded': 'completed',
  'step.refused': 'failed',
  'step.unknown': 'failed',
}

export function isEnd(type: FactType): boolean {
  return endsOfSagas[type] !== undefined
}

/** Adds to the windows; answers with the saga as it is counted then, or null: it was counted before. */
export function countEvent(windows: Windows, saga: CountedSaga, event: Event): CountedSaga | null {
  const seen = see(saga.seen, event.data.seq)
  if (seen === null) return null
  const life = countLife(windows, saga.life, event)
  const steps = countSteps(windows, saga.steps, event)
  return { seen, life, steps: isWithoutGap(seen) ? unsettled(steps, life) : newest(steps) }
}

function countLife(windows: Windows, life: Span, event: Event): Span {
  const { type } = event
  const place = placeOf(event, null)
  if (type === 'saga.started') {
    windows.add(place, 'started')
    return begin(windows, life, place)
  }
  if (type === 'saga.stuck') windows.add(place, 'stuck')
  const end = endsOfSagas[type]
  if (end === undefined) return life
  windows.add(place, end)
  return { ...finish(windows, life, place), isSettled: true }
}

function countSteps(
  windows: Windows,
  steps: CountedSaga['steps'],
  event: Event,
): CountedSaga['steps'] {
  const { type, data } = event
  const sent = sendingsOf(event).reduce(
    (known, sending) => countSending(windows, known, event, sending),
    steps,
  )
  const { step, visit } = data
  if (step === undefined || visit === undefined) return sent
  const place = placeOf(event, step)
  if (type === 'saga.stuck') windows.add(place, 'stuck')
  if (type === 'undo.succeeded') windows.add(place, 'compensated')
  const end = endsOfSteps[type]
  if (end === undefined) return sent
  windows.add(place, end)
  const key = `${step}/${visit}`
  const span = finish(windows, sent[key] ?? {}, place)
  // What is unknown may become known, and what was refused may be tried again.
  return { ...sent, [key]: type === 'step.succeeded' ? { ...span, isSettled: true } : span }
}

function sendingsOf({ type, data }: Event): readonly Sending[] {
  const { step, visit, direction, attempt, sent = [] } = data
  if (type !== 'command.sent') return sent
  if (step === undefined || visit === undefined || direction === undefined) return sent
  return [{ step, visit, direction, attempt: attempt ?? 1 }, ...sent]
}

function countSending(
  windows: Windows,
  steps: CountedSaga['steps'],
  event: Event,
  { step, visit, direction, attempt }: Sending,
): CountedSaga['steps'] {
  const place = placeOf(event, step)
  if (attempt > 1) {
    windows.add(place, 'retries')
    windows.add({ ...place, step: null }, 'retries')
    return steps
  }
  if (direction === 'undo') return steps
  windows.add(place, 'started')
  const key = `${step}/${visit}`
  return { ...steps, [key]: begin(windows, steps[key] ?? {}, place) }
}

function placeOf({ data, at }: Event, step: string | null): Place {
  return { at, name: data.saga.name, step }
}

/** A duration belongs to the minute in which it ended. */
function begin(windows: Windows, span: Span, place: Place): Span {
  const { to = [], ...rest } = span
  for (const end of to) windows.addDuration({ ...place, at: end }, end - place.at)
  return { ...rest, from: place.at }
}

function finish(windows: Windows, span: Span, place: Place): Span {
  if (span.from === undefined) return { ...span, to: [...(span.to ?? []), place.at] }
  windows.addDuration(place, place.at - span.from)
  return span
}

/** Where nothing is missing, nothing more comes of what is over. */
function unsettled(steps: CountedSaga['steps'], life: Span): CountedSaga['steps'] {
  if (life.isSettled) return {}
  return newest(Object.fromEntries(Object.entries(steps).filter(([, span]) => !span.isSettled)))
}

function newest(steps: CountedSaga['steps']): CountedSaga['steps'] {
  const all = Object.entries(steps)
  return all.length > stepsMax ? Object.fromEntries(all.slice(-stepsMax)) : steps
}
