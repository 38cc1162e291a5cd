// One dead letter: why it was set aside, what is in it, who did what with it; send it again, put it
// away, or change what will be sent.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { Api } from '../../orchestrator/client/index.ts'
import { client, problemText } from '../api/client.ts'
import { keepActor, readActor } from '../api/session.ts'
import { Dialog } from '../parts/dialog.tsx'
import { JsonView } from '../parts/json-view.tsx'
import { Failed, Loading, Note } from '../parts/states.tsx'
import { Tag } from '../parts/status-badge.tsx'
import { TextField } from '../parts/text-field.tsx'
import { dateText } from '../words/format.ts'
import { letterTones } from './letter-tones.ts'
import { toBeSent } from './to-be-sent.ts'

type Letter = Api['show-dead-letter']['answer']

export function LetterDrawer({
  id,
  onClose,
}: {
  readonly id: string
  readonly onClose: () => void
}) {
  const letter = useQuery({
    queryKey: ['letter', id],
    queryFn: () => client.call('show-dead-letter', { path: { letter: id } }),
  })
  const { data, error } = letter
  return (
    <Dialog title={`Dead letter ${id}`} isDrawer onClose={onClose}>
      {error !== null ? (
        <Failed error={error} onRetry={() => void letter.refetch()} />
      ) : data === undefined ? (
        <Loading lines={8} />
      ) : (
        <Content letter={data} />
      )}
    </Dialog>
  )
}

function Content({ letter }: { readonly letter: Letter }) {
  const { code, reason, state, topic, partition, offset, consumer, changes } = letter
  const { headers } = toBeSent(letter)
  return (
    <>
      <Note tone="bad" icon="stuck" title={code}>
        {reason}
      </Note>
      <dl className="facts num">
        <div>
          <dt>State</dt>
          <dd>
            <Tag tone={letterTones[state]}>{state}</Tag>
          </dd>
        </div>
        <div>
          <dt>Record</dt>
          <dd className="mono">
            {topic}/{partition}@{offset}
          </dd>
        </div>
        <div>
          <dt>Consumer</dt>
          <dd className="mono">{consumer}</dd>
        </div>
      </dl>
      {state === 'parked' && <Actions letter={letter} />}
      <h3>What will be sent</h3>
      <Value letter={letter} />
      <h3>Headers</h3>
      <JsonView
        label="Headers"
        value={Object.fromEntries(headers.map(({ name, text, base64 }) => [name, text ?? base64]))}
      />
      {changes.length > 0 && (
        <>
          <h3>Who did what</h3>
          <ul className="stack">
            {changes.map(({ at, action, actor, reason: why }) => (
              <li key={`${at} ${action}`}>
                <strong>{action}</strong> by {actor}: {why}{' '}
                <span className="quiet">{dateText(at)}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  )
}

function Value({ letter }: { readonly letter: Letter }) {
  const { value: shown } = toBeSent(letter)
  if (shown === null) return <p className="quiet">It has no value.</p>
  if (shown.isJson) return <JsonView label="Value" value={shown.json} />
  return (
    <JsonView label="Value" value={shown.text ?? `${shown.bytes} bytes, which are not shown`} />
  )
}

function Actions({ letter }: { readonly letter: Letter }) {
  const queries = useQueryClient()
  const [actor, setActor] = useState(readActor())
  const [reason, setReason] = useState('')
  const [text, setText] = useState<string | null>(null)
  const act = useMutation({
    mutationFn: (verb: LetterVerb) => {
      keepActor(actor)
      const path = { letter: letter.id }
      const by = { actor, reason }
      if (verb === 'edit') {
        return client.call('edit-dead-letter', { path, body: { ...by, text: text ?? '' } })
      }
      return client.call(`${verb}-dead-letter`, { path, body: by })
    },
    onSuccess: () => {
      setText(null)
      void queries.invalidateQueries({ queryKey: ['letter', letter.id] })
    },
  })
  const isBlocked = actor.trim() === '' || reason.trim() === '' || act.isPending
  return (
    <section className="stack boxed-form" aria-label="What to do with it">
      <div className="pair">
        <TextField label="Your name" value={actor} onChange={setActor} />
        <TextField label="Reason" value={reason} onChange={setReason} />
      </div>
      {text !== null && (
        <TextField
          label="New value"
          hint={
            letter.value?.text == null
              ? 'What it holds is not shown, so the whole value must be written anew.'
              : 'The record is kept as it came; a replay sends this.'
          }
          isCode
          value={text}
          onChange={setText}
        />
      )}
      {act.error !== null && (
        <Note tone="bad" icon="stuck" title="It was refused">
          {problemText(act.error)}
        </Note>
      )}
      <LetterButtons
        isBlocked={isBlocked}
        isChanging={text !== null}
        isEmpty={text === ''}
        onAct={(verb) => act.mutate(verb)}
        onChange={() => setText((letter.edited?.value ?? letter.value)?.text ?? '')}
      />
    </section>
  )
}

type LetterVerb = 'replay' | 'discard' | 'edit'

function LetterButtons({
  isBlocked,
  isChanging,
  isEmpty,
  onAct,
  onChange,
}: {
  readonly isBlocked: boolean
  readonly isChanging: boolean
  readonly isEmpty: boolean
  readonly onAct: (verb: LetterVerb) => void
  readonly onChange: () => void
}) {
  const button = (verb: LetterVerb, label: string, look: string) => (
    <button
      type="button"
      className={`button ${look}`}
      disabled={isBlocked || (verb === 'edit' && isEmpty)}
      onClick={() => onAct(verb)}
    >
      {label}
    </button>
  )
  return (
    <div className="row">
      {button('replay', 'Send it again', 'main')}
      {button('discard', 'Put it away', 'danger')}
      {isChanging ? (
        button('edit', 'Keep the change', '')
      ) : (
        <button type="button" className="button plain" onClick={onChange}>
          Change it
        </button>
      )}
    </div>
  )
}
