// The differences between a version and the one before it, as a list.
import { useDefinition } from '../api/queries.ts'
import type { Definition } from '../chart/drawn-definition.ts'
import { Panel } from '../parts/panel.tsx'
import { Failed, Loading } from '../parts/states.tsx'
import { Tag } from '../parts/status-badge.tsx'
import { changesBetween } from './definition-diff.ts'

const tones = { added: 'good', changed: 'back', removed: 'bad' } as const

export function DefinitionChanges({
  definition,
  before,
}: {
  readonly definition: Definition
  readonly before: number
}) {
  const older = useDefinition(definition.name, before)
  const { data, error } = older
  return (
    <Panel title={`Changed since version ${before}`} isFlush>
      {error !== null ? (
        <Failed error={error} onRetry={() => void older.refetch()} />
      ) : data === undefined ? (
        <div className="body">
          <Loading lines={2} />
        </div>
      ) : (
        <Changes changes={changesBetween(data, definition)} />
      )}
    </Panel>
  )
}

function Changes({ changes }: { readonly changes: ReturnType<typeof changesBetween> }) {
  if (changes.length === 0) {
    return (
      <p className="body quiet">
        Steps, limits, states, ways and the deadline are the same; functions may differ.
      </p>
    )
  }
  return (
    <ul className="changes">
      {changes.map(({ mark, what, detail }) => (
        <li key={`${mark} ${what} ${detail}`}>
          <Tag tone={tones[mark]}>{mark}</Tag>
          <strong>{what}</strong>
          <span className="quiet">{detail}</span>
        </li>
      ))}
    </ul>
  )
}
