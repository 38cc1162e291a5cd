// Starts a saga: a form made of its input's schema, and then the way to what was started.
import { useLocation, useSearch } from 'wouter'
import type { Api } from '../../orchestrator/client/index.ts'
import { useDefinitions } from '../api/queries.ts'
import { Field } from '../parts/field.tsx'
import { Panel } from '../parts/panel.tsx'
import { Blank, Failed, Loading } from '../parts/states.tsx'
import { StartForm } from './start-form.tsx'

export type Startable = Api['list-definitions']['answer']['items'][number]

export function StartPage() {
  const wanted = new URLSearchParams(useSearch()).get('saga')
  const [, goTo] = useLocation()
  const list = useDefinitions()
  const startable = newestStartable(list.data?.items ?? [])
  const chosen = startable.find(({ name }) => name === wanted) ?? startable[0]
  return (
    <div className="page-body start">
      <header className="page-head">
        <h1>Start a saga</h1>
      </header>
      {list.error !== null ? (
        <Failed error={list.error} onRetry={() => void list.refetch()} />
      ) : list.data === undefined ? (
        <Loading lines={6} />
      ) : chosen === undefined ? (
        <Blank icon="start" title="Nothing can be started">
          No definition is known to every orchestrator that runs.
        </Blank>
      ) : (
        <Panel title="What to start" about={`version ${chosen.version}`}>
          <div className="stack">
            <Field label="Saga">
              {(ids) => (
                <select
                  {...ids}
                  className="input"
                  value={chosen.name}
                  onChange={({ target }) => goTo(`/start?saga=${target.value}`, { replace: true })}
                >
                  {startable.map(({ name }) => (
                    <option key={name}>{name}</option>
                  ))}
                </select>
              )}
            </Field>
            <StartForm key={chosen.name} definition={chosen} />
          </div>
        </Panel>
      )}
    </div>
  )
}

/** The version of each name that a start takes. */
function newestStartable(items: readonly Startable[]): readonly Startable[] {
  const byName = Map.groupBy(
    items.filter(({ isStartable }) => isStartable),
    ({ name }) => name,
  )
  return [...byName.values()].flatMap(
    (versions) => versions.toSorted((a, b) => b.version - a.version)[0] ?? [],
  )
}
