// The timeline as bars over time: each attempt a block, waits between them thin, the way back in its
// own colour. The same as words beside each bar.

import { useLinks, useMessages } from '../api/queries.ts'
import type { HistoryEntry } from '../chart/journey.ts'
import { useNow } from '../clock.ts'
import { Blank, Loading } from '../parts/states.tsx'
import { lengthText } from '../words/format.ts'
import { hasEnded } from '../words/status.ts'
import { type LinkIds, tracesOf, visitKey } from './links.ts'
import { OutLinks } from './out-links.tsx'
import type { Saga } from './saga-page.tsx'
import { type Attempt, type Bar, timelineOf } from './timeline.ts'

/** A bar is never thinner than this, in percent of the width. */
const widthMin = 0.6

export function TimelineView({
  history,
  saga,
  isPast,
}: {
  readonly history: readonly HistoryEntry[]
  readonly saga: Saga
  readonly isPast: boolean
}) {
  const now = useNow()
  const traces = tracesOf(useMessages(saga.id).data?.items ?? [])
  const { trace = null, logs = null } = useLinks().data ?? {}
  const isLinked = trace !== null || logs !== null
  const bars = timelineOf(history)
  const [first] = history
  const last = history.at(-1)
  if (first === undefined || last === undefined) {
    return (
      <div className="body">
        <Loading />
      </div>
    )
  }
  if (bars.length === 0) {
    return (
      <Blank icon="clock" title="No command was sent yet">
        Steps appear here as soon as they are under way.
      </Blank>
    )
  }
  const from = new Date(first.at).getTime()
  const isStill = isPast || hasEnded(saga.status)
  const to = Math.max(isStill ? new Date(last.at).getTime() : now, from + 1)
  return (
    <div className="timeline" data-linked={isLinked}>
      <Scale lengthMs={to - from} />
      <ol>
        {bars.map((bar) => (
          <BarRow
            key={visitKey(bar)}
            bar={bar}
            from={from}
            to={to}
            ids={{ sagaId: saga.id, traceId: traces.get(visitKey(bar)) ?? null }}
          />
        ))}
      </ol>
    </div>
  )
}

const marks = [0, 0.25, 0.5, 0.75, 1]

function Scale({ lengthMs }: { readonly lengthMs: number }) {
  return (
    <div className="scale num" aria-hidden="true">
      {marks.map((part) => (
        <span key={part} style={{ left: `${100 * part}%` }}>
          {part === 0 ? '0' : lengthText(part * lengthMs)}
        </span>
      ))}
    </div>
  )
}

function BarRow({
  bar,
  from,
  to,
  ids,
}: {
  readonly bar: Bar
  readonly from: number
  readonly to: number
  readonly ids: LinkIds
}) {
  const { step, visit, direction, attempts, startedAt, endedAt } = bar
  const place = (at: number) => (100 * (at - from)) / (to - from)
  const span = (start: number, end: number) => ({
    left: `${Math.min(place(start), 100 - widthMin)}%`,
    width: `${Math.max(widthMin, place(end) - place(start))}%`,
  })
  const tries = attempts.length === 1 ? '' : `, ${attempts.length} attempts`
  return (
    <li data-direction={direction}>
      <span className="label">
        <span className="cut">
          {direction === 'undo' && <span className="back">undo </span>}
          <strong>{step}</strong>
          {visit > 1 && <span className="quiet"> #{visit}</span>}
        </span>
        <span className="quiet num">
          {lengthText((endedAt ?? to) - startedAt)}
          {tries}
        </span>
      </span>
      <span className="lane">
        <span className="wait" style={span(startedAt, endedAt ?? to)} />
        {attempts.map((attempt) => (
          <span
            key={`${attempt.number} ${attempt.sentAt}`}
            className="attempt"
            data-outcome={attempt.outcome ?? 'open'}
            style={span(attempt.sentAt, attempt.endedAt ?? to)}
            title={attemptText(attempt, to)}
          />
        ))}
      </span>
      <OutLinks ids={ids} what={direction === 'undo' ? `the undo of ${step}` : step} />
    </li>
  )
}

function attemptText({ number, sentAt, endedAt, outcome }: Attempt, to: number): string {
  const length = lengthText((endedAt ?? to) - sentAt)
  return `Attempt ${number}: ${outcome ?? 'no answer yet'}, ${length}`
}
