// Sends a signal that the saga waits for; an approval asks who answers, and what.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { failureTitle, useAskKey } from '../api/asked.ts'
import { client, problemText } from '../api/client.ts'
import { keepActor, readActor } from '../api/session.ts'
import { Dialog } from '../parts/dialog.tsx'
import { Note } from '../parts/states.tsx'
import { TextField } from '../parts/text-field.tsx'
import type { Saga } from './saga-page.tsx'

export function SignalDialog({
  saga,
  signal,
  onClose,
}: {
  readonly saga: Saga
  readonly signal: string
  readonly onClose: () => void
}) {
  const wait = saga.waitsFor?.find((one) => one.signal === signal)
  const needsActor = wait?.needsActor ?? false
  const queries = useQueryClient()
  const [actor, setActor] = useState(readActor())
  const [text, setText] = useState(needsActor ? '{ "approved": true }' : '{}')
  const key = useAskKey()
  const send = useMutation({
    mutationFn: async () => {
      const data: unknown = JSON.parse(text)
      keepActor(actor)
      const path = { saga: saga.id, signal }
      const headers = { 'idempotency-key': key }
      return client.call('send-signal', { path, headers, body: bodyOf(data, actor) })
    },
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ['saga', saga.id] })
      onClose()
    },
  })
  return (
    <Dialog
      title={`Send ${signal}`}
      onClose={onClose}
      footer={
        <button
          type="button"
          className="button main"
          disabled={send.isPending || (needsActor && actor.trim() === '')}
          onClick={() => send.mutate()}
        >
          Send it
        </button>
      }
    >
      <p>{waitText(wait?.by ?? null)}</p>
      <TextField
        label="Data"
        hint="JSON, as the definition describes it."
        isCode
        value={text}
        onChange={setText}
      />
      <TextField label="Your name" value={actor} onChange={setActor} />
      {send.error !== null && (
        <Note tone="bad" icon="stuck" title={failureTitle(send.error, 'It was not taken')}>
          {send.error instanceof SyntaxError ? 'The data is no JSON.' : problemText(send.error)}
        </Note>
      )}
    </Dialog>
  )
}

function waitText(by: string | null): string {
  if (by === null) return 'The saga waits for this signal, and goes on with what it carries.'
  return `The saga waits for the answer of ${by}, and goes on with it.`
}

const bodyOf = (data: unknown, actor: string) => ({ data, ...(actor.trim() !== '' && { actor }) })
