// An archived saga for readers: the same views as of one in the database, sensitive data masked alike.
import type { SagaId } from '../../messaging/message.ts'
import type { Fact, SagaEvent } from '../engine/event.ts'
import type { ArchivedSaga } from '../store/archived-rows.ts'
import type { RecordedEntry } from '../store/recorded-entries.ts'
import type { RowCipher } from '../store/row-cipher.ts'
import type { HistoryView, SagaView } from '../store/saga-view.ts'

/** What the command line and REST show of it. */
export type ShownArchived = {
  readonly saga: SagaView & { readonly archived: true }
  readonly history: readonly HistoryView[]
}

export function showArchived(rows: RowCipher, archived: ArchivedSaga): ShownArchived {
  const { updated_at_ms: updatedAt, ended_at_ms: endedAt } = archived
  const view = rows.view(rows.read(archived), { updatedAt, endedAt })
  const saga = { ...view, archived: true } as const
  return { saga, history: archived.history.map((entry) => showEntry(rows, archived, entry)) }
}

function showEntry(
  rows: RowCipher,
  { id, name, version }: ArchivedSaga,
  { event: _, facts, at, ...entry }: ArchivedSaga['history'][number],
): HistoryView {
  const place = { sagaId: id as SagaId, seq: entry.seq, name, version }
  const shown = rows.viewFacts(place, facts as readonly Fact[])
  return { ...entry, at: new Date(at), facts: shown } as HistoryView
}

/** Its entries with their events in plain. @throws ENCRYPTION_KEY_UNKNOWN, ENCRYPTED_TEXT_INVALID */
export function recordedArchived(
  rows: RowCipher,
  { id, history }: ArchivedSaga,
): readonly RecordedEntry[] {
  return history.map((entry) => {
    const facts = entry.facts as readonly Fact[]
    const event: SagaEvent = rows.readEvent({ sagaId: id as SagaId, facts }, entry.event)
    return { ...entry, facts, event } as RecordedEntry
  })
}
