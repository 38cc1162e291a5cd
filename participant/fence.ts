// The rules of the fence, pure: what to do with a command, given the row of its (saga, step,
// visit) or none. Called by `run-wave.ts` with rows that are locked.
import type { Json, MessageId, ReplyOutcome } from '../messaging/message.ts'
import { participantError } from './errors.ts'
import type { Received } from './received.ts'

/** asked: somebody outside of the database was given it, and it is not on record what they did. */
export type FenceState = 'asked' | 'done' | 'refused' | 'undone' | 'blocked'

/** A domain event as the fence keeps it: enough to publish it again under the same id. */
export type StoredEvent = {
  readonly id: MessageId
  readonly type: string
  readonly topic: string
  readonly key: string
  readonly data: unknown
  readonly time: string
}

export type FenceRow = {
  readonly state: FenceState
  readonly bodyHash: Buffer | null
  readonly undoBodyHash: Buffer | null
  readonly reply: unknown
  readonly events: readonly StoredEvent[]
  readonly undoReply: unknown
  readonly undoEvents: readonly StoredEvent[]
}

/** What a command is answered with. */
export type Answer = {
  readonly outcome: ReplyOutcome
  readonly data: unknown
  readonly events: readonly StoredEvent[]
}

export type Decision =
  /** New: the handler runs, and the row is written. */
  | { readonly type: 'run' }
  /** Known, or decided by the fence alone: nothing changes. */
  | { readonly type: 'answer'; readonly answer: Answer }
  /** An undo before its do: nothing to undo, and the do is refused from now on. */
  | { readonly type: 'block' }
  /** The same id with another body: parked, not answered. */
  | { readonly type: 'mismatch' }

export function decide(received: Received, row: FenceRow | null, oldestRemembered: Date): Decision {
  if (row === null) return decideUnknown(received, oldestRemembered)
  const known = received.direction === 'do' ? row.bodyHash : row.undoBodyHash
  if (known !== null && !isHashOf(received, known)) return { type: 'mismatch' }
  return received.direction === 'do' ? decideDo(received, row) : decideUndo(row)
}

function isHashOf({ bodyHash, olderHashes }: Received, known: Buffer): boolean {
  return known.equals(bodyHash) || olderHashes.some((hash) => known.equals(hash))
}

/** Without a row and beyond the fence's memory nobody knows whether it happened: never guess. */
function decideUnknown(received: Received, oldestRemembered: Date): Decision {
  if (received.command.issuedAt < oldestRemembered) {
    return answered('failed', reasonOf('FENCE_EXPIRED', received))
  }
  return { type: received.direction === 'do' ? 'run' : 'block' }
}

function decideDo(received: Received, row: FenceRow): Decision {
  switch (row.state) {
    case 'asked':
      return { type: 'run' }
    case 'done':
    case 'undone':
      return answered('succeeded', row.reply, row.events)
    case 'refused':
      return answered('refused', row.reply, row.events)
    case 'blocked':
      return answered('refused', reasonOf('UNDONE_BEFORE_DONE', received))
  }
}

function decideUndo(row: FenceRow): Decision {
  switch (row.state) {
    case 'asked':
    case 'done':
      return { type: 'run' }
    case 'undone':
      return answered('succeeded', row.undoReply, row.undoEvents)
    case 'refused':
    case 'blocked':
      return answered('succeeded', null)
  }
}

function answered(
  outcome: ReplyOutcome,
  data: unknown,
  events: readonly StoredEvent[] = [],
): Decision {
  return { type: 'answer', answer: { outcome, data, events } }
}

function reasonOf(code: 'FENCE_EXPIRED' | 'UNDONE_BEFORE_DONE', received: Received): Json {
  return { code, message: participantError(code, { id: received.command.id }).message }
}
