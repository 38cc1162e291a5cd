// The table of dead letters; those that can be sent again can be selected.
import type { Api } from '../../orchestrator/client/index.ts'
import { Ago } from '../parts/age.tsx'
import { ScrollBox } from '../parts/scroll-box.tsx'
import { Tag } from '../parts/status-badge.tsx'
import type { Picked } from '../sagas/use-picked.ts'
import { letterTones } from './letter-tones.ts'

type Letters = Api['list-dead-letters']['answer']['items']

export function LetterTable({
  items,
  picked,
  onOpen,
}: {
  readonly items: Letters
  /** Null: none can be selected. */
  readonly picked: Picked | null
  /** Null: only to be read. */
  readonly onOpen: ((id: string) => void) | null
}) {
  return (
    <ScrollBox label="Letters" more={onOpen === null ? 'boxed short' : ''}>
      <table className="letter-table">
        <thead>
          <tr>
            {picked !== null && (
              <th className="pick">
                <PickAll items={items} picked={picked} />
              </th>
            )}
            <th>Code</th>
            <th>Reason</th>
            <th className="topic">Topic</th>
            <th className="when">Parked</th>
            <th>State</th>
          </tr>
        </thead>
        <tbody>
          {items.map((letter) => (
            <Row key={letter.id} letter={letter} picked={picked} onOpen={onOpen} />
          ))}
        </tbody>
      </table>
    </ScrollBox>
  )
}

function PickAll({ items, picked }: { readonly items: Letters; readonly picked: Picked }) {
  const all = items.map(({ id }) => id)
  const areAll = all.every((id) => picked.ids.has(id))
  return (
    <input
      type="checkbox"
      aria-label="Select all that are shown"
      checked={areAll}
      onChange={() => picked.set(areAll ? [] : all)}
    />
  )
}

function Row({
  letter: { id, code, reason, topic, partition, offset, parkedAt, state, isEdited },
  picked,
  onOpen,
}: {
  readonly letter: Letters[number]
  readonly picked: Picked | null
  readonly onOpen: ((id: string) => void) | null
}) {
  const isPicked = picked?.ids.has(id) ?? false
  return (
    <tr data-letter={id} data-picked={isPicked}>
      {picked !== null && (
        <td className="pick">
          <input
            type="checkbox"
            aria-label={`Select letter ${id}`}
            checked={isPicked}
            onChange={() => picked.toggle(id)}
          />
        </td>
      )}
      <td>
        {onOpen === null ? (
          <span className="mono">{code}</span>
        ) : (
          <button type="button" className="opener primary mono" onClick={() => onOpen(id)}>
            {code}
          </button>
        )}
      </td>
      <td className="reason">{reason}</td>
      <td className="topic quiet mono">
        {topic}/{partition}@{offset}
      </td>
      <td className="when quiet">
        <Ago at={parkedAt} />
      </td>
      <td>
        <Tag tone={letterTones[state]}>{state}</Tag> {isEdited && <Tag tone="hold">changed</Tag>}
      </td>
    </tr>
  )
}
