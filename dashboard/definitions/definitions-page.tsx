// The definitions: every saga that can be run, its diagram, how long it may take at the worst, what
// its steps did lately, and what changed between two versions.
import { Link, useLocation } from 'wouter'
import { useDefinition, useDefinitions } from '../api/queries.ts'
import { ChartView } from '../chart/chart-view.tsx'
import { Panel } from '../parts/panel.tsx'
import { Blank, Failed, Loading } from '../parts/states.tsx'
import { Tag } from '../parts/status-badge.tsx'
import { plainName } from '../words/format.ts'
import { DefinitionChanges } from './definition-changes.tsx'
import { marksOf } from './definition-diff.ts'
import { StepTable } from './step-table.tsx'
import { WorstCase } from './worst-case.tsx'

export function DefinitionsPage({
  name,
  version,
}: {
  readonly name: string | undefined
  readonly version: string | undefined
}) {
  const list = useDefinitions()
  if (list.error !== null) {
    return (
      <div className="page-body">
        <Failed error={list.error} onRetry={() => void list.refetch()} />
      </div>
    )
  }
  if (list.data === undefined) {
    return (
      <div className="page-body">
        <Loading lines={8} />
      </div>
    )
  }
  const { items } = list.data
  const chosen =
    items.find((one) => one.name === name && String(one.version) === version) ??
    items.find((one) => one.name === name && one.isNewest) ??
    items.find((one) => one.isNewest)
  if (chosen === undefined) {
    return (
      <div className="page-body">
        <h1>Definitions</h1>
        <Blank icon="definitions" title="No definitions">
          This orchestrator was started with none, or you may not see any.
        </Blank>
      </div>
    )
  }
  return (
    <div className="page-body">
      <header className="page-head">
        <h1>Definitions</h1>
      </header>
      <div className="definitions">
        <Names items={items} chosen={chosen} />
        <Definition items={items} chosen={chosen} />
      </div>
    </div>
  )
}

type Items = NonNullable<ReturnType<typeof useDefinitions>['data']>['items']
type Chosen = { readonly items: Items; readonly chosen: Items[number] }

function Names({ items, chosen }: Chosen) {
  const newest = items.filter(({ isNewest }) => isNewest)
  return (
    <nav aria-label="Definitions" className="names">
      <ul>
        {newest.map(({ name, version, steps }) => (
          <li key={name}>
            <Link
              href={`/definitions/${name}/${version}`}
              aria-current={name === chosen.name ? 'true' : undefined}
            >
              <span className="primary">{plainName(name)}</span>
              <span className="quiet num">
                v{version} · {steps.length} steps
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}

function Definition({ items, chosen }: Chosen) {
  const { name, version } = chosen
  const definition = useDefinition(name, version)
  const versions = items.filter((one) => one.name === name).map((one) => one.version)
  const before = Math.max(0, ...versions.filter((one) => one < version))
  const { data, error } = definition
  if (error !== null) return <Failed error={error} onRetry={() => void definition.refetch()} />
  if (data === undefined) return <Loading lines={10} />
  return (
    <div className="stack wide">
      <div className="row">
        <h2 className="name">{plainName(name)}</h2>
        <VersionChoice name={name} version={version} versions={versions} />
        {chosen.isStartable ? <Tag tone="good">startable</Tag> : <Tag>not startable</Tag>}
        <Link href={`/sagas?version=${version}&name=${name}`}>Its sagas</Link>
        <Link href={`/start?saga=${name}`}>Start one</Link>
      </div>
      <Diagram definition={data} before={before} />
      <WorstCase definition={data} />
      <StepTable definition={data} />
      {before > 0 && <DefinitionChanges definition={data} before={before} />}
    </div>
  )
}

function Diagram({
  definition,
  before,
}: {
  readonly definition: NonNullable<ReturnType<typeof useDefinition>['data']>
  readonly before: number
}) {
  const older = useDefinition(definition.name, Math.max(1, before)).data
  const marks = before > 0 && older !== undefined ? marksOf(older, definition) : undefined
  return (
    <Panel title="Statechart" isFlush>
      <ChartView definition={definition} {...(marks && { marks })} />
    </Panel>
  )
}

function VersionChoice({
  name,
  version,
  versions,
}: {
  readonly name: string
  readonly version: number
  readonly versions: readonly number[]
}) {
  const [, goTo] = useLocation()
  return (
    <select
      className="input version"
      aria-label="Version"
      value={version}
      onChange={({ target }) => goTo(`/definitions/${name}/${target.value}`)}
    >
      {versions
        .toSorted((a, b) => b - a)
        .map((one) => (
          <option key={one} value={one}>
            Version {one}
          </option>
        ))}
    </select>
  )
}
