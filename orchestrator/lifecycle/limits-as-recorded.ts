// Limits (attempts, timeouts, pauses) are no part of a definition's hash: a saga may have run with
// others than those that are loaded. This is a saga as the limits must have been for an entry of
// its history to come about, so that replay judges everything else. Pure.
import type { Fact } from '../engine/event.ts'
import type { Saga, StepState } from '../engine/saga.ts'
import type { RecordedEntry } from './replay-history.ts'

export function withLimitsAsRecorded(saga: Saga, { at, type, facts }: RecordedEntry): Saga {
  const isWoken = type === 'woken'
  return {
    ...saga,
    steps: saga.steps.map((step) => recorded(step, { at, facts, isWoken })),
    ...(isWoken && timesOf(saga, { at, facts })),
  }
}

type Moment = Pick<RecordedEntry, 'at' | 'facts'>

function recorded(step: StepState, given: Moment & { readonly isWoken: boolean }): StepState {
  const { at, facts, isWoken } = given
  const isOfStep = (fact: Fact) => fact.step === step.name && fact.visit === step.visit
  const first = facts.findIndex(isOfStep)
  const isTouched = first >= 0 && step.dueAt !== null
  const dueAt = isWoken ? dueOf(step.dueAt, { at, facts, place: isTouched ? first : null }) : null
  if (!isTouched) return dueAt === null ? step : { ...step, dueAt }
  // It was sent again, now or after a pause, unless it was given up. What was sent again and then
  // counts as unknown was left.
  const way = step.undo === 'pending' ? 'undo' : 'do'
  const isSentAgain = facts.some(
    (fact) => isOfStep(fact) && fact.type === 'command.sent' && fact.direction === way,
  )
  const isGivenUp = !isSentAgain && facts.some((fact) => isOfStep(fact) && givenUp.has(fact.type))
  const { deadlineAt: _, ...rest } = step
  return {
    ...rest,
    attemptsMax: isGivenUp ? step.attempts : Math.max(step.attemptsMax, step.attempts + 1),
    dueAt: isWoken ? dueAt : step.dueAt,
  }
}

const givenUp: ReadonlySet<Fact['type']> = new Set(['step.unknown', 'saga.stuck'])

/** What came about was due, in the order of the facts; what did not was not. */
function dueOf(
  dueAt: number | null,
  { at, facts, place }: Moment & { readonly place: number | null },
): number | null {
  if (dueAt === null) return null
  if (place !== null) return at - facts.length + place
  return Math.max(dueAt, at + 1)
}

function timesOf(saga: Saga, { at, facts }: Moment): Partial<Saga> {
  const placeOf = (test: (fact: Fact) => boolean) => {
    const place = facts.findIndex(test)
    return place < 0 ? null : place
  }
  const begun = placeOf(({ type }) => beginnings.has(type))
  const overdue = placeOf(({ type }) => type === 'saga.overdue')
  return {
    startDueAt: dueOf(saga.startDueAt, { at, facts, place: begun }),
    deadlineAt: dueOf(saga.deadlineAt, { at, facts, place: overdue }),
    timers: saga.timers.map((timer) => {
      const place = placeOf(({ type, detail }) => type === 'timer.fired' && detail === timer.id)
      return { ...timer, dueAt: dueOf(timer.dueAt, { at, facts, place }) ?? timer.dueAt }
    }),
  }
}

const beginnings: ReadonlySet<Fact['type']> = new Set([
  'saga.started',
  'saga.waiting',
  'saga.compensating',
])
