// The first events of a saga through `advance`, before it has a row.
import { invariant } from '../../messaging/errors.ts'
import type { SagaDefinition } from '../definition/saga-definition.ts'
import { advance } from '../engine/advance.ts'
import type { CommandToSend, ReplyToSend, SagaEvent, Started } from '../engine/event.ts'
import type { Saga } from '../engine/saga.ts'
import type { HistoryEntry } from '../store/history-entry.ts'
import type { ChildStart } from './start-saga.ts'

export type FoldedStart = {
  readonly saga: Saga
  readonly history: readonly HistoryEntry[]
  readonly wakeAt: number | null
  readonly commands: readonly CommandToSend[]
  readonly replies: readonly ReplyToSend[]
}

/** `now` in ms since the epoch; the key is told with what happened. */
type Moment = { readonly now: number; readonly businessKey: string | null }

/** `started` comes first. @throws SAGA_DEFINITION_FAILED when the definition throws there. */
export function foldStart(
  definition: SagaDefinition,
  events: readonly SagaEvent[],
  at: Moment,
): FoldedStart {
  let folded: FoldedStart | null = null
  for (const event of events) folded = foldNext(definition, folded, { event, ...at })
  invariant(folded, 'a saga starts with an event')
  return folded
}

/** One event more, for a saga that is not written yet. */
export function foldNext(
  definition: SagaDefinition,
  before: FoldedStart | null,
  { event, now, businessKey }: Moment & { readonly event: SagaEvent },
): FoldedStart {
  const { saga, facts, wakeAt, commands, replies } = advance(
    definition,
    before?.saga ?? null,
    event,
    now,
  )
  const entry = facts.length === 0 ? [] : [{ saga, event, facts, at: now, businessKey }]
  return {
    saga,
    history: [...(before?.history ?? []), ...entry],
    wakeAt,
    commands: [...(before?.commands ?? []), ...commands],
    replies: [...(before?.replies ?? []), ...replies],
  }
}

/** One that is taken back before it began never begins: it is scheduled, so that it does nothing. */
export function childEvents(
  started: Started,
  child: ChildStart,
  now: number,
): readonly SagaEvent[] {
  const { parent, undoCommandId } = child
  if (undoCommandId === null) return [{ ...started, parent }]
  const revoked = { type: 'revoked', commandId: undoCommandId } as const
  return [{ ...started, parent, startAt: now + 1 }, revoked]
}
