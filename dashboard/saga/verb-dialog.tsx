// Before a verb is used: what it will send and what the saga will be then, who does it, and why.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { failureTitle, useAskKey } from '../api/asked.ts'
import { client, problemText } from '../api/client.ts'
import { useVerbs } from '../api/queries.ts'
import { keepActor, readActor } from '../api/session.ts'
import { Dialog } from '../parts/dialog.tsx'
import { Note } from '../parts/states.tsx'
import { StatusBadge } from '../parts/status-badge.tsx'
import { TextField } from '../parts/text-field.tsx'
import { verbWords } from '../words/verbs.ts'
import type { Saga } from './saga-page.tsx'
import { PlanList } from './undo-plan.tsx'
import { type PossibleVerb, verbLabel } from './verb-text.ts'

type Said = { readonly actor: string; readonly reason: string; readonly output: string }

export function VerbDialog({
  saga,
  possible,
  onClose,
}: {
  readonly saga: Saga
  readonly possible: PossibleVerb
  readonly onClose: () => void
}) {
  const queries = useQueryClient()
  const [said, setSaid] = useState<Said>({ actor: readActor(), reason: '', output: '' })
  const output = possible.needsOutput ? readJson(said.output) : { value: undefined }
  const key = useAskKey()
  const tell = useMutation({
    mutationFn: () => {
      keepActor(said.actor)
      return send({ id: saga.id, key }, possible, said, output?.value)
    },
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ['saga', saga.id] })
      onClose()
    },
  })
  const isReady = said.actor.trim() !== '' && said.reason.trim() !== '' && output !== null
  return (
    <Dialog
      title={verbLabel(possible)}
      onClose={onClose}
      footer={
        <>
          <button type="button" className="button" onClick={onClose}>
            Leave it
          </button>
          <button
            type="button"
            className="button main"
            disabled={!isReady || tell.isPending}
            onClick={() => tell.mutate()}
          >
            {verbLabel(possible)}
          </button>
        </>
      }
    >
      <p>{verbWords[possible.verb].means}</p>
      <Effects saga={saga} possible={possible} />
      <SaidFields said={said} needsOutput={possible.needsOutput} onChange={setSaid} />
      {output === null && said.output !== '' && <p className="wrong">The output is no JSON.</p>}
      {tell.error !== null && (
        <Note
          tone="bad"
          icon="stuck"
          title={failureTitle(tell.error, 'It was refused, and nothing was done')}
        >
          {problemText(tell.error)}
        </Note>
      )}
    </Dialog>
  )
}

function Effects({ saga, possible }: { readonly saga: Saga; readonly possible: PossibleVerb }) {
  const { verb, commands, status } = possible
  const plan = useVerbs(saga.id).data?.ifItFailed ?? null
  if (verb === 'cancel' && plan !== null) return <PlanList plan={plan} />
  return (
    <div className="consequences">
      {commands === null ? (
        <p>What it sends depends on the output.</p>
      ) : commands.length === 0 ? (
        <p>Nothing will be sent.</p>
      ) : (
        <>
          <p>These commands will be sent:</p>
          <ol>
            {commands.map((command) => (
              <li key={command}>
                <span className="mono">{command}</span>
              </li>
            ))}
          </ol>
        </>
      )}
      {status !== null && (
        <p className="row">
          Then the saga is <StatusBadge status={status} />
        </p>
      )}
    </div>
  )
}

function SaidFields({
  said,
  needsOutput,
  onChange,
}: {
  readonly said: Said
  readonly needsOutput: boolean
  readonly onChange: (said: Said) => void
}) {
  return (
    <>
      {needsOutput && (
        <TextField
          label="Output of the step"
          hint="What the step would have replied, as JSON."
          isCode
          value={said.output}
          onChange={(value) => onChange({ ...said, output: value })}
        />
      )}
      <TextField
        label="Your name"
        value={said.actor}
        onChange={(value) => onChange({ ...said, actor: value })}
      />
      <TextField
        label="Reason"
        hint="Both are kept in the saga's history."
        value={said.reason}
        onChange={(value) => onChange({ ...said, reason: value })}
      />
    </>
  )
}

function readJson(text: string): { readonly value: unknown } | null {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return null
  }
}

function send(
  { id, key }: { readonly id: string; readonly key: string },
  possible: PossibleVerb,
  { actor, reason }: Said,
  output: unknown,
) {
  const { verb, step, visit, effect } = possible
  const to = { path: { saga: id }, headers: { 'idempotency-key': key } }
  if (verb !== 'skip') return client.call(`${verb}-saga`, { ...to, body: { actor, reason } })
  const body = {
    ...{ actor, reason, step: step ?? '', effect: effect ?? 'none' },
    ...(visit !== null && { visit }),
    ...(output !== undefined && { output }),
  }
  return client.call('skip-saga', { ...to, body })
}
