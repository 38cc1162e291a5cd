// The steps of a saga as its lifecycle events tell them, one event after the other: what each kind
// of event means for a step. Used by fold-saga-events.ts.
import type { Direction, Json } from '../../messaging/message.ts'
import type { FactType } from '../engine/event.ts'
import type { StepState } from '../engine/saga.ts'
import type { LifecycleData, LifecycleEvent } from './lifecycle-event.ts'

/** One visit of one step, as its events tell it. */
export type ToldStep = Pick<StepState, 'name' | 'visit' | 'outcome' | 'undo' | 'attempts' | 'error'>

/** Where a saga turned back, or stands still. */
export type ToldTrouble = {
  readonly step: string | null
  readonly visit: number
  readonly direction: Direction
  readonly reason: Json
}

/** What is known while events are folded. */
export type Folding = {
  /** By `<step>/<visit>`, in the order they were entered. */
  readonly steps: Map<string, ToldStep>
  /** Keys of those that wait for a person. */
  readonly parked: Set<string>
  failure: ToldTrouble | null
  stuck: ToldTrouble | null
}

type Place = Required<Pick<LifecycleData, 'step' | 'visit' | 'direction' | 'attempt'>>

/** `before` is the event before it in the same entry, where there is one. */
export function foldEvent(
  folding: Folding,
  event: LifecycleEvent,
  before: LifecycleEvent | null,
): void {
  const { type, data } = event
  const place = placeOf(data)
  if (type === 'saga.compensating') turnBack(folding, data, before)
  else if (type === 'saga.retried') goOn(folding)
  else if (type === 'saga.stuck') standStill(folding, data, place)
  else if (type === 'timer.fired' || type === 'signal.delivered') lookWhere(folding)
  else if (type === 'command.sent' && place) addSending(folding, place)
  else if (place) foldStep(folding, event, place)
  for (const sending of data.sent ?? []) addSending(folding, sending)
}

function placeOf({ step, visit, direction, attempt }: LifecycleData): Place | null {
  if (step === undefined || visit === undefined || direction === undefined) return null
  return { step, visit, direction, attempt: attempt ?? 0 }
}

const keyOf = ({ step, visit }: Pick<Place, 'step' | 'visit'>) => `${step}/${visit}`

function patch(folding: Folding, place: Place, change: Partial<ToldStep>): void {
  const key = keyOf(place)
  const known = folding.steps.get(key) ?? entered(place)
  folding.steps.set(key, { ...known, ...change })
}

function entered({ step, visit, attempt }: Place): ToldStep {
  return { name: step, visit, outcome: 'pending', undo: 'none', attempts: attempt, error: null }
}

function addSending(folding: Folding, place: Place): void {
  const undo = place.direction === 'undo' ? ({ undo: 'pending' } as const) : {}
  patch(folding, place, { attempts: place.attempt, ...undo })
  if (folding.parked.has(keyOf(place))) unpark(folding, place)
}

function foldStep(folding: Folding, { type, data }: LifecycleEvent, place: Place): void {
  const told = data.detail ?? null
  const change = changeOf(type, told)
  if (change === null) return
  patch(folding, place, { attempts: place.attempt, ...change })
  // A sending that failed is followed by another one, by a verdict, or by standing still.
  if (type !== 'step.failed' && type !== 'undo.failed') unpark(folding, place)
}

function changeOf(type: FactType, told: Json): Partial<ToldStep> | null {
  switch (type) {
    case 'step.succeeded':
      return { outcome: 'done', error: null }
    case 'step.refused':
      return { outcome: 'refused', error: told }
    case 'step.unknown':
      return { outcome: 'unknown', error: told }
    case 'step.failed':
    case 'undo.failed':
      return { error: told }
    case 'undo.succeeded':
      return { undo: 'done', error: null }
    case 'step.skipped':
      return { outcome: 'skipped', ...skippedAs('outcome', told) }
    case 'undo.skipped':
      return { undo: 'skipped', ...skippedAs('undo', told) }
    default:
      return null
  }
}

/** A person who skips a step says what became of it; one who abandons a saga does not. */
function skippedAs(what: 'outcome' | 'undo', told: Json): Partial<ToldStep> {
  if (told === null || typeof told !== 'object' || !('effect' in told)) return {}
  return { ...(told.effect === 'done' && { [what]: 'done' }), error: null }
}

function unpark(folding: Folding, place: Place): void {
  folding.parked.delete(keyOf(place))
  lookWhere(folding)
}

/** It stands where it stood, or else where the next one is parked, if one still is. */
function lookWhere(folding: Folding): void {
  const { stuck, steps, parked } = folding
  if (stuck === null) return
  const { step, visit } = stuck
  if (step !== null && parked.has(keyOf({ step, visit }))) return
  const rest = [...steps].find(([key]) => parked.has(key))?.[1]
  folding.stuck = rest === undefined ? null : troubleAt(rest)
}

function troubleAt({ name, visit, undo, error }: ToldStep): ToldTrouble {
  return { step: name, visit, direction: undo === 'pending' ? 'undo' : 'do', reason: error }
}

/** What led to it was told right before, in the same entry. */
function turnBack(folding: Folding, data: LifecycleData, before: LifecycleEvent | null): void {
  const cause = before?.type.startsWith('step.') ? before.data : {}
  const { step = null, visit = 0 } = cause as Partial<LifecycleData>
  folding.failure = { step, visit, direction: 'do', reason: data.detail ?? null }
  goOn(folding)
}

/** Nothing waits for a person any more. */
export function goOn(folding: Folding): void {
  folding.stuck = null
  folding.parked.clear()
}

function standStill(folding: Folding, data: LifecycleData, place: Place | null): void {
  const reason = data.detail ?? null
  if (place === null) {
    folding.stuck = { step: null, visit: 0, direction: 'do', reason }
    return
  }
  const { step, visit, attempt, direction } = place
  const known = folding.steps.get(keyOf(place))
  // Past the point of no return an unknown outcome must become known.
  const isOpen = direction === 'do' && known?.outcome === 'unknown'
  const outcome = isOpen ? ({ outcome: 'pending' } as const) : {}
  patch(folding, place, { error: reason, attempts: attempt, ...outcome })
  folding.parked.add(keyOf(place))
  folding.stuck = troubleAt(folding.steps.get(keyOf(place)) ?? entered({ ...place, step, visit }))
}
