// Stuck sagas, those with the same trouble together: what likely helps, one at a time or all at once.
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'wouter'
import { client } from '../api/client.ts'
import { useFreshAfterEvents } from '../api/queries.ts'
import { Ago } from '../parts/age.tsx'
import { Blank, Failed, Loading } from '../parts/states.tsx'
import { BulkDialog } from '../sagas/bulk-dialog.tsx'
import type { FoundSaga } from '../sagas/loaded-sagas.ts'
import { whereItStands } from '../sagas/saga-table.tsx'
import { countText, shortId } from '../words/format.ts'
import { suggestion } from './suggestion.ts'

/** As many as REST gives at once; the list of all sagas has the others. */
const shownMax = 200

export function StuckSagas() {
  useFreshAfterEvents(['stuck'])
  const [picked, setPicked] = useState<readonly string[] | null>(null)
  const stuck = useQuery({
    queryKey: ['stuck'],
    queryFn: ({ signal }) =>
      client.call('list-sagas', { query: { status: ['stuck'], limit: shownMax }, signal }),
  })
  const { data, error } = stuck
  if (error !== null) return <Failed error={error} onRetry={() => void stuck.refetch()} />
  if (data === undefined) {
    return (
      <div className="body">
        <Loading lines={6} />
      </div>
    )
  }
  if (data.items.length === 0) {
    return (
      <Blank icon="check" title="Nothing is stuck">
        When a saga needs a person, it appears here by itself.
      </Blank>
    )
  }
  const groups = Map.groupBy(data.items, troubleOf)
  return (
    <>
      <ul className="groups">
        {[...groups].map(([trouble, sagas]) => (
          <Group key={trouble} sagas={sagas} onAct={setPicked} />
        ))}
      </ul>
      {data.nextCursor !== null && (
        <p className="body quiet">
          The newest {countText(shownMax)} are shown.{' '}
          <Link href="/sagas?status=stuck">See all</Link>
        </p>
      )}
      {picked !== null && <BulkDialog filter={{}} ids={picked} onClose={() => setPicked(null)} />}
    </>
  )
}

const troubleOf = (saga: FoundSaga) =>
  `${saga.name} ${saga.version} ${whereItStands(saga)} ${saga.error}`

function Group({
  sagas,
  onAct,
}: {
  readonly sagas: readonly FoundSaga[]
  readonly onAct: (ids: readonly string[]) => void
}) {
  const [first] = sagas
  if (first === undefined) return null
  const { name, version, error } = first
  return (
    <li>
      <header>
        <div>
          <h2>
            {whereItStands(first)}{' '}
            <span className="quiet">
              {name} v{version}
            </span>
          </h2>
          <p className="wrong">{error}</p>
          <p className="quiet">{suggestion(error)}</p>
        </div>
        <button type="button" className="button" onClick={() => onAct(sagas.map(({ id }) => id))}>
          {sagas.length === 1 ? 'Act on it' : `Act on all ${countText(sagas.length)}`}
        </button>
      </header>
      <ul className="cases">
        {sagas.map(({ id, businessKey, updatedAt }) => (
          <li key={id}>
            <Link href={`/sagas/${id}`}>{businessKey ?? shortId(id)}</Link>
            <span className="quiet">
              since <Ago at={updatedAt} />
            </span>
          </li>
        ))}
      </ul>
    </li>
  )
}
