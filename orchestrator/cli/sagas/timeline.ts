// The history of a saga as a timeline: when each thing happened, how long each step waited, and a
// bar for each step over the time that the saga has taken.
import type { Api } from '../../client/index.ts'
import type { Screen } from '../command.ts'
import { type Cell, cut, paintFor, plain, tableText } from '../paint.ts'
import { durationText } from '../times.ts'
import { detailText, type Entry, factColour, factWords, stepText } from './fact-text.ts'

type Saga = Api['get-saga']['answer']

/** One line for each fact, with the time since the start and since what it answers. */
export function timelineText(history: readonly Entry[], screen: Screen): string {
  const startedAt = Date.parse(history[0]?.at ?? '')
  const sentAt = new Map<string, number>()
  const rows = history.flatMap(({ at, facts }) =>
    facts.map((fact): readonly Cell[] => {
      const now = Date.parse(at)
      const key = `${stepText(fact)} ${fact.direction}`
      const before = sentAt.get(key)
      const isSending = fact.type === 'command.sent'
      if (isSending) sentAt.set(key, now)
      const took = isSending || before === undefined ? '' : durationText(now - before)
      const colour = factColour(fact)
      const text = factWords(fact)
      const cell = colour === null ? text : { text, colour }
      return [`+${durationText(now - startedAt)}`, stepText(fact), cell, took, detailText(fact)]
    }),
  )
  return tableText(['AT', 'STEP', 'WHAT', 'TOOK', 'DETAIL'], rows, screen)
}

/** Of a step: its way forward and its undo, ms since the epoch; `to` null while it is under way. */
type Span = {
  readonly step: string
  readonly isUndo: boolean
  from: number
  to: number | null
  attempts: number
}

const barLength = 40

/** A bar for each step: where in the saga's time it was under way. */
export function barsText(history: readonly Entry[], now: number, screen: Screen): string {
  const spans = spansOf(history)
  if (spans.length === 0) return ''
  const from = Date.parse(history[0]?.at ?? '')
  const to = Math.max(from + 1, ...spans.map((span) => span.to ?? now))
  const scale = (at: number) => Math.round(((at - from) / (to - from)) * (barLength - 1))
  const rows = spans.map((span): readonly Cell[] => {
    const [begin, end] = [scale(span.from), scale(span.to ?? now)]
    const bar = `${' '.repeat(begin)}${'█'.repeat(Math.max(1, end - begin + 1))}`
    const colour = span.isUndo ? 'yellow' : span.to === null ? 'cyan' : 'green'
    const took = durationText((span.to ?? now) - span.from)
    const tries = span.attempts > 1 ? `${span.attempts} attempts` : ''
    const isOpen = span.to === null ? 'under way' : ''
    return [
      span.isUndo ? `↩ ${span.step}` : span.step,
      { text: bar.padEnd(barLength), colour },
      took,
      [tries, isOpen].filter(Boolean).join(', '),
    ]
  })
  return tableText([], rows, screen)
}

/** What is answered in between, and goes on. */
const notYet = /\.(failed|timed-out)$/

function spansOf(history: readonly Entry[]): readonly Span[] {
  const spans = new Map<string, Span>()
  for (const { at, facts } of history) {
    for (const fact of facts) {
      if (fact.step === undefined || fact.direction === undefined) continue
      const key = `${stepText(fact)} ${fact.direction}`
      const span = spans.get(key)
      const isSending = fact.type === 'command.sent'
      if (isSending && span === undefined) spans.set(key, opened(fact, Date.parse(at)))
      else if (isSending && span !== undefined) {
        span.attempts = fact.attempt ?? 1
        span.to = null
      } else if (span !== undefined && !notYet.test(fact.type)) span.to = Date.parse(at)
    }
  }
  return [...spans.values()]
}

function opened(fact: Entry['facts'][number], from: number): Span {
  const isUndo = fact.direction === 'undo'
  return { step: stepText(fact), isUndo, from, to: null, attempts: fact.attempt ?? 1 }
}

/** What each step has come to. */
export function stepsText({ steps }: Saga, screen: Screen): string {
  const paint = paintFor(screen)
  if (steps.length === 0) return paint('dim', 'no step yet')
  const rows = steps.map((step): readonly Cell[] => [
    step.visit === 1 ? step.name : `${step.name}#${step.visit}`,
    { text: step.outcome, colour: outcomeColour(step.outcome) },
    step.undo === 'none' ? '' : `undo ${step.undo}`,
    `${step.attempts} of ${step.attemptsMax}`,
    cut(step.error === null ? '' : plain(JSON.stringify(step.error)), 200),
  ])
  return tableText(['STEP', 'OUTCOME', 'UNDO', 'ATTEMPTS', 'LAST ERROR'], rows, screen)
}

function outcomeColour(outcome: Saga['steps'][number]['outcome']) {
  if (outcome === 'done') return 'green'
  if (outcome === 'refused' || outcome === 'unknown') return 'red'
  return outcome === 'pending' ? 'cyan' : 'yellow'
}
