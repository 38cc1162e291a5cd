// A verb for many sagas: what it would do first, then the work with its progress.
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { Api } from '../../orchestrator/client/index.ts'
import { failureTitle, useAskKey } from '../api/asked.ts'
import { client, problemText } from '../api/client.ts'
import { keepActor, readActor } from '../api/session.ts'
import { Dialog } from '../parts/dialog.tsx'
import { Field } from '../parts/field.tsx'
import { Note } from '../parts/states.tsx'
import { TextField } from '../parts/text-field.tsx'
import { countText } from '../words/format.ts'
import { type BulkVerb, verbs, verbWords } from '../words/verbs.ts'
import { BulkPreviewList } from './bulk-preview.tsx'
import { BulkProgress } from './bulk-progress.tsx'
import type { SagaFilter } from './filter-url.ts'

type Body = Api['create-bulk-job']['ask']['body']
type Answer = Api['create-bulk-job']['answer']
export type Preview = Extract<Answer, { readonly sample: unknown }>

/** Verbs that need to be told no step. */
const plainVerbs = verbs.filter((verb) => verb !== 'skip')

export function BulkDialog({
  filter,
  ids,
  onClose,
}: {
  readonly filter: SagaFilter
  /** Empty: all that fit the filter. */
  readonly ids: readonly string[]
  readonly onClose: () => void
}) {
  const [said, setSaid] = useState<Said>({
    ...{ verb: 'retry', actor: readActor(), reason: '', perSecond: 50 },
  })
  const { ask, preview, setPreview, job } = useBulk(said, ids.length > 0 ? { ids } : filter)
  const change = (next: Partial<Said>) => {
    setSaid({ ...said, ...next })
    setPreview(null)
  }
  const isReady = said.actor.trim() !== '' && said.reason.trim() !== ''
  const target = ids.length > 0 ? `${countText(ids.length)} selected sagas` : 'all that fit'
  return (
    <Dialog
      title={`Act on ${target}`}
      onClose={onClose}
      footer={
        job === null && (
          <Footer
            preview={preview}
            verb={said.verb}
            isBlocked={!isReady || ask.isPending}
            onAsk={(dryRun) => ask.mutate(dryRun)}
          />
        )
      }
    >
      {job === null ? (
        <>
          <SaidFields said={said} onChange={change} />
          {ask.error !== null && (
            <Note tone="bad" icon="stuck" title={failureTitle(ask.error, 'It was refused')}>
              {problemText(ask.error)}
            </Note>
          )}
          {preview !== null && <BulkPreviewList preview={preview} verb={said.verb} />}
        </>
      ) : (
        <BulkProgress job={job} by={said} />
      )}
    </Dialog>
  )
}

/** A look at what it would do, and then the job, of no more sagas than the look told. */
function useBulk(said: Said, filter: Body['filter']) {
  const [preview, setPreview] = useState<Preview | null>(null)
  const [job, setJob] = useState<string | null>(null)
  const key = useAskKey()
  const ask = useMutation({
    mutationFn: (dryRun: boolean) => {
      keepActor(said.actor)
      const body: Body = {
        ...{ ...said, filter, dryRun },
        ...(!dryRun && preview !== null && { sagasMax: preview.total }),
      }
      return client.call('create-bulk-job', { headers: { 'idempotency-key': key }, body })
    },
    onSuccess: (answer) => ('sample' in answer ? setPreview(answer) : setJob(answer.id)),
  })
  return { ask, preview, setPreview, job }
}

type Said = {
  readonly verb: BulkVerb
  readonly actor: string
  readonly reason: string
  readonly perSecond: number
}

function Footer({
  preview,
  verb,
  isBlocked,
  onAsk,
}: {
  readonly preview: Preview | null
  readonly verb: BulkVerb
  readonly isBlocked: boolean
  readonly onAsk: (dryRun: boolean) => void
}) {
  return (
    <>
      <button
        type="button"
        className={preview === null ? 'button main' : 'button'}
        disabled={isBlocked}
        onClick={() => onAsk(true)}
      >
        {preview === null ? 'Show what it would do' : 'Look again'}
      </button>
      {preview !== null && (
        <button
          type="button"
          className="button main"
          disabled={isBlocked || preview.total === 0}
          onClick={() => onAsk(false)}
        >
          {`${verbWords[verb].label} ${countText(preview.total)} sagas`}
        </button>
      )}
    </>
  )
}

function SaidFields({
  said,
  onChange,
}: {
  readonly said: Said
  readonly onChange: (next: Partial<Said>) => void
}) {
  return (
    <>
      <Field label="What to do" hint={verbWords[said.verb].means}>
        {(ids) => (
          <select
            {...ids}
            className="input"
            value={said.verb}
            onChange={({ target }) => onChange({ verb: target.value as BulkVerb })}
          >
            {plainVerbs.map((verb) => (
              <option key={verb} value={verb}>
                {verbWords[verb].label}
              </option>
            ))}
          </select>
        )}
      </Field>
      <div className="pair">
        <TextField
          label="Your name"
          value={said.actor}
          onChange={(value) => onChange({ actor: value })}
        />
        <Field label="Sagas a second, at most">
          {(ids) => (
            <input
              {...ids}
              className="input"
              type="number"
              min={1}
              max={1_000}
              value={said.perSecond}
              onChange={({ target }) => onChange({ perSecond: Math.max(1, Number(target.value)) })}
            />
          )}
        </Field>
      </div>
      <TextField
        label="Reason"
        hint="Kept in the history of each saga."
        value={said.reason}
        onChange={(value) => onChange({ reason: value })}
      />
    </>
  )
}
