// Time travel: a slider over the entries of the history; its right end is now, and moves on with it.

import type { HistoryEntry } from '../chart/journey.ts'
import { Icon } from '../parts/icons.tsx'
import { clockText, plainName } from '../words/format.ts'

export function TimeSlider({
  history,
  seq,
  onChange,
}: {
  readonly history: readonly HistoryEntry[]
  /** Null: now. */
  readonly seq: number | null
  readonly onChange: (seq: number | null) => void
}) {
  const last = history.length
  const place = seq === null ? last : history.findIndex((entry) => entry.seq === seq) + 1
  const entry = history[place - 1]
  const goTo = (next: number) => onChange(next >= last ? null : (history[next - 1]?.seq ?? null))
  const words = entry === undefined ? 'Loading' : entryWords(entry)
  return (
    <section className="panel time" aria-label="Time travel" data-past={seq !== null}>
      <div className="row">
        <StepButton label="One entry back" icon="left" at={place - 1} min={1} onGo={goTo} />
        <input
          type="range"
          aria-label="Moment in the history"
          aria-valuetext={`Entry ${place} of ${last}: ${words}`}
          min={1}
          max={Math.max(1, last)}
          value={Math.max(1, place)}
          disabled={last < 2}
          onChange={({ target }) => goTo(Number(target.value))}
        />
        <StepButton label="One entry on" icon="right" at={place + 1} max={last} onGo={goTo} />
        <button
          type="button"
          className="button small"
          disabled={seq === null}
          onClick={() => onChange(null)}
        >
          Now
        </button>
      </div>
      <p className="num quiet">
        <span>
          {place} / {last}
        </span>{' '}
        {entry !== undefined && (
          <>
            {clockText(entry.at)} · {words}
          </>
        )}
      </p>
    </section>
  )
}

function StepButton({
  label,
  icon,
  at,
  min = 1,
  max = Number.POSITIVE_INFINITY,
  onGo,
}: {
  readonly label: string
  readonly icon: 'left' | 'right'
  readonly at: number
  readonly min?: number
  readonly max?: number
  readonly onGo: (place: number) => void
}) {
  return (
    <button
      type="button"
      className="button plain icon small"
      disabled={at < min || at > max}
      onClick={() => onGo(at)}
    >
      <span className="unseen">{label}</span>
      <Icon name={icon} size={14} />
    </button>
  )
}

/** What came, and what came of it, in a few words. */
export function entryWords({ type, facts }: HistoryEntry): string {
  const words = facts.map(({ type: fact, step, direction }) => {
    const what = fact === 'command.sent' ? (direction === 'undo' ? 'undo sent' : 'sent') : fact
    const [, ending = what] = /\.(.+)$/.exec(what) ?? []
    return step === undefined ? `saga ${ending}` : `${step} ${ending}`
  })
  return words.length === 0 ? plainName(type) : words.join(', ')
}
