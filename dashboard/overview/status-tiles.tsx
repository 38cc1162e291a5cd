// How many sagas are in each state, each tile the way to their list.
import { Link } from 'wouter'
import type { Api } from '../../orchestrator/client/index.ts'
import { Ago } from '../parts/age.tsx'
import { shortCountText } from '../words/format.ts'
import { hasEnded, type Status, statuses, statusNames } from '../words/status.ts'

type Counts = Api['count-sagas']['answer']

/** Null: they are on their way, and their room is kept. */
export function StatusTiles({ counts }: { readonly counts: Counts | null }) {
  const living = statusNames.filter((status) => !hasEnded(status))
  const ended = statusNames.filter(hasEnded)
  return (
    <div className="tile-groups">
      <Tiles label="In flight" names={living} counts={counts} />
      <Tiles label="Ended" names={ended} counts={counts} />
    </div>
  )
}

function Tiles({
  label,
  names,
  counts,
}: {
  readonly label: string
  readonly names: readonly Status[]
  readonly counts: Counts | null
}) {
  return (
    <section className="tiles" aria-label={label} aria-busy={counts === null}>
      <h2>{label}</h2>
      <ul>
        {names.map((status) => (
          <li key={status}>
            <Link href={`/sagas?status=${status}`} className="tile" data-status={status}>
              <span className="name" data-tone={statuses[status].tone}>
                {statuses[status].label}
              </span>
              <span className="value num">
                {counts === null ? '–' : shortCountText(counts.byStatus[status] ?? 0)}
              </span>
              <span className="since">
                <Oldest counts={counts} status={status} />
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  )
}

function Oldest({ counts, status }: { readonly counts: Counts | null; readonly status: Status }) {
  if (hasEnded(status)) return null
  const all = (counts?.items ?? []).filter((one) => one.status === status)
  const oldest = all.map((one) => one.oldestStartedAt).toSorted()[0]
  if (oldest === undefined) return 'none'
  return <Ago at={oldest} />
}
