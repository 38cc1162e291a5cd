// An entry of a saga's history: the event as it reached `advance`, and what came of it. Folding
// the events with their times through `advance` gives the saga again.
import type { Encrypted } from '../../messaging/encrypted-fields.ts'
import type { Fact, SagaEvent } from '../engine/event.ts'
import type { Saga } from '../engine/saga.ts'
import { jsonList } from './json-list.ts'
import type { RowCipher } from './row-cipher.ts'

export type HistoryEntry = {
  readonly saga: Saga
  readonly event: SagaEvent
  readonly facts: readonly Fact[]
  /** The `now` that `advance` was given. */
  readonly at: number
  readonly businessKey: string | null
}

/** What the lifecycle events of an entry are made of. Its saga is as the entry left it. */
export type ToldEntry = Omit<HistoryEntry, 'saga' | 'event'> & {
  /** Of a saga with sensitive data it is encrypted, together with `at`. */
  readonly event: SagaEvent | Encrypted
  readonly saga: Pick<Saga, 'id' | 'name' | 'version' | 'parent' | 'revision' | 'status' | 'value'>
}

/** Columns for `unnest`, one array each, in the order of the statements that use them. */
export function historyColumns(
  rows: RowCipher,
  entries: readonly HistoryEntry[],
): readonly unknown[] {
  return [
    entries.map(({ saga }) => saga.id),
    entries.map(({ saga }) => saga.revision),
    entries.map(({ at }) => at),
    entries.map(({ event }) => event.type),
    entries.map(({ saga }) => saga.status),
    jsonList(entries.map(rows.event)),
    jsonList(entries.map(({ saga }) => saga.value)),
    jsonList(entries.map(rows.facts)),
  ]
}
