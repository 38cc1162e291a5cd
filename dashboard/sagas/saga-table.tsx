// The table of sagas. Only the rows that can be seen are in the page, so ten thousand scroll as
// easily as ten; more are asked for before the end comes into sight.
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef } from 'react'
import { Link, useLocation } from 'wouter'
import { useNow } from '../clock.ts'
import { Ago } from '../parts/age.tsx'
import { StatusBadge } from '../parts/status-badge.tsx'
import { useIsNarrow } from '../parts/use-is-narrow.ts'
import { lengthText, shortId } from '../words/format.ts'
import type { FoundSaga } from './loaded-sagas.ts'
import { type Picked, pickable, pickedMax } from './use-picked.ts'

const rowHeights = { wide: 44, narrow: 64 } as const
const rowsAhead = 30

export function SagaTable({
  items,
  picked,
  hasMore,
  onNearEnd,
}: {
  readonly items: readonly FoundSaga[]
  readonly picked: Picked
  readonly hasMore: boolean
  readonly onNearEnd: () => void
}) {
  const box = useRef<HTMLDivElement>(null)
  const height = useIsNarrow() ? rowHeights.narrow : rowHeights.wide
  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => box.current,
    estimateSize: () => height,
    overscan: 12,
  })
  useEffect(() => {
    if (height > 0) rows.measure()
  }, [rows, height])
  const shown = rows.getVirtualItems()
  const last = shown.at(-1)?.index ?? 0
  useEffect(() => {
    if (hasMore && last >= items.length - rowsAhead) onNearEnd()
  }, [hasMore, last, items.length, onNearEnd])
  const above = shown[0]?.start ?? 0
  const below = rows.getTotalSize() - (shown.at(-1)?.end ?? 0)
  return (
    // It scrolls, so the keyboard must reach it.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
    <section className="table-box fill" ref={box} tabIndex={0} aria-label="Sagas found">
      <table className="fixed saga-table" aria-rowcount={hasMore ? -1 : items.length + 1}>
        <Head items={items} picked={picked} />
        <tbody>
          <Spacer height={above} />
          {shown.map(({ index }) => {
            const saga = items[index]
            return saga && <Row key={saga.id} saga={saga} place={index} picked={picked} />
          })}
          <Spacer height={below} />
        </tbody>
      </table>
    </section>
  )
}

function Head({
  items,
  picked,
}: {
  readonly items: readonly FoundSaga[]
  readonly picked: Picked
}) {
  const ids = pickable(items.map(({ id }) => id))
  const isAll = ids.length > 0 && ids.every((id) => picked.ids.has(id))
  const what = items.length > pickedMax ? `the newest ${pickedMax}` : 'all that are loaded'
  return (
    <>
      <colgroup>
        {['pick', 'status', 'saga', 'key', 'step', 'when', 'took', 'error'].map((name) => (
          <col key={name} className={`col-${name}`} />
        ))}
      </colgroup>
      <thead>
        <tr>
          <th>
            <input
              type="checkbox"
              aria-label={`Select ${what}`}
              checked={isAll}
              onChange={() => picked.set(isAll ? [] : ids)}
            />
          </th>
          <th>Status</th>
          <th>Saga</th>
          <th>Business key</th>
          <th>Where it stands</th>
          <th>Started</th>
          <th className="right">Took</th>
          <th className="error">Last error</th>
        </tr>
      </thead>
    </>
  )
}

function Row({
  saga,
  place,
  picked,
}: {
  readonly saga: FoundSaga
  readonly place: number
  readonly picked: Picked
}) {
  const [, goTo] = useLocation()
  const { id, name, version, status, businessKey, error } = saga
  const isPicked = picked.ids.has(id)
  return (
    // The link in it is for the keyboard; a click anywhere in the row is a longer one for the mouse.
    <tr
      className="saga link"
      aria-rowindex={place + 2}
      data-saga={id}
      data-picked={isPicked}
      onClick={(event) => {
        if (!(event.target as Element).closest('a, input')) goTo(`/sagas/${id}`)
      }}
    >
      <td className="pick">
        <input
          type="checkbox"
          aria-label={`Select ${name} ${businessKey ?? shortId(id)}`}
          checked={isPicked}
          onChange={() => picked.toggle(id)}
        />
      </td>
      <td className="status">
        <StatusBadge status={status} />
      </td>
      <td className="name cut">
        <Link href={`/sagas/${id}`} className="primary">
          {name}
        </Link>{' '}
        <span className="quiet num">v{version}</span>
      </td>
      <td className="key cut" title={businessKey ?? id}>
        {businessKey ?? <span className="quiet mono">{shortId(id)}</span>}
      </td>
      <td className="cut">{whereItStands(saga)}</td>
      <td className="when quiet">
        <Ago at={saga.startedAt} />
      </td>
      <td className="right num quiet">
        <Took saga={saga} />
      </td>
      <td className="error cut" title={error ?? undefined}>
        {error}
      </td>
    </tr>
  )
}

function Took({ saga: { startedAt, endedAt } }: { readonly saga: FoundSaga }) {
  const now = useNow()
  const end = endedAt === null ? now : new Date(endedAt).getTime()
  return lengthText(end - new Date(startedAt).getTime())
}

export function whereItStands({ stepsUnderWay, state }: FoundSaga): string {
  if (stepsUnderWay.length > 0) return stepsUnderWay.join(', ')
  return typeof state === 'string' ? state : state === null ? '' : JSON.stringify(state)
}

function Spacer({ height }: { readonly height: number }) {
  if (height <= 0) return null
  return (
    <tr className="spacer" style={{ height }}>
      <td colSpan={8} />
    </tr>
  )
}
