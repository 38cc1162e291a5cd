// Sends many dead letters again: first which they would be, then page by page, each page in one commit.
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { Api } from '../../orchestrator/client/index.ts'
import { client, problemText } from '../api/client.ts'
import { keepActor, readActor } from '../api/session.ts'
import { Dialog } from '../parts/dialog.tsx'
import { Note } from '../parts/states.tsx'
import { TextField } from '../parts/text-field.tsx'
import { countText } from '../words/format.ts'
import { LetterTable } from './letter-table.tsx'

type Criteria = Pick<Api['replay-dead-letters']['ask']['body'], 'ids' | 'code' | 'topic'>
type Page = Api['replay-dead-letters']['answer']

/** As many as one request takes, and as many requests as one click makes. */
const pageMax = 200
const pagesMax = 50

export function ReplayDialog({
  criteria,
  onClose,
}: {
  readonly criteria: Criteria
  readonly onClose: () => void
}) {
  const [actor, setActor] = useState(readActor())
  const [reason, setReason] = useState('')
  const { look, replay, sent } = useReplay({ ...criteria, actor, reason })
  const isBusy = look.isPending || replay.isPending
  const isBlocked = actor.trim() === '' || reason.trim() === '' || isBusy
  const error = look.error ?? replay.error
  return (
    <Dialog
      title="Send dead letters again"
      onClose={onClose}
      footer={
        replay.isSuccess ? (
          <button type="button" className="button main" onClick={onClose}>
            Done
          </button>
        ) : (
          <Buttons
            preview={look.data ?? null}
            isBlocked={isBlocked}
            onLook={() => look.mutate()}
            onReplay={() => replay.mutate()}
          />
        )
      }
    >
      <div className="pair">
        <TextField label="Your name" value={actor} onChange={setActor} />
        <TextField
          label="Reason"
          hint="Kept beside each letter."
          value={reason}
          onChange={setReason}
        />
      </div>
      {error !== null && (
        <Note tone="bad" icon="stuck" title="It was refused">
          {problemText(error)}
        </Note>
      )}
      {replay.isIdle && look.data !== undefined && <Preview page={look.data} />}
      {!replay.isIdle && (
        <Note tone={replay.isSuccess ? 'good' : 'accent'} icon="letter" title={sentText(sent)}>
          {replay.data === false
            ? 'There are more; send them as well.'
            : 'Each stands in the list as replaying until Kafka has it.'}
        </Note>
      )}
    </Dialog>
  )
}

type Order = Criteria & { readonly actor: string; readonly reason: string }

function useReplay(order: Order) {
  const [sent, setSent] = useState(0)
  const body = { ...order, limit: pageMax }
  const look = useMutation({
    mutationFn: () => client.call('replay-dead-letters', { body: { ...body, dryRun: true } }),
  })
  const replay = useMutation({
    mutationFn: async () => {
      keepActor(order.actor)
      let cursor: string | null = null
      for (let page = 0; page < pagesMax; page += 1) {
        const answer: Page = await client.call('replay-dead-letters', {
          body: { ...body, dryRun: false, ...(cursor !== null && { cursor }) },
        })
        setSent((before) => before + answer.items.length)
        cursor = answer.nextCursor
        if (cursor === null) return true
      }
      return false
    },
  })
  return { look, replay, sent }
}

const lettersText = (count: number) => `${countText(count)} ${count === 1 ? 'letter' : 'letters'}`
const sentText = (count: number) => `${lettersText(count)} will be sent`

function Preview({ page: { items, nextCursor } }: { readonly page: Page }) {
  return (
    <section className="stack" aria-label="What it would do">
      <p>
        <strong className="num">{lettersText(items.length)}</strong>
        {nextCursor === null ? ' would be sent' : ' and more would be sent'}, each to its topic,
        with its key. Nothing has been done yet.
      </p>
      {items.length > 0 && <LetterTable items={items} picked={null} onOpen={null} />}
    </section>
  )
}

function Buttons({
  preview,
  isBlocked,
  onLook,
  onReplay,
}: {
  readonly preview: Page | null
  readonly isBlocked: boolean
  readonly onLook: () => void
  readonly onReplay: () => void
}) {
  const count = preview?.items.length ?? 0
  return (
    <>
      <button
        type="button"
        className={preview === null ? 'button main' : 'button'}
        disabled={isBlocked}
        onClick={onLook}
      >
        {preview === null ? 'Show what it would send' : 'Look again'}
      </button>
      {preview !== null && (
        <button
          type="button"
          className="button main"
          disabled={isBlocked || count === 0}
          onClick={onReplay}
        >
          {preview.nextCursor === null ? `Send ${lettersText(count)}` : 'Send all of them'}
        </button>
      )}
    </>
  )
}
