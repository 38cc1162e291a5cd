// Sorts the records of a batch: events that somebody here wants to hear of, poison, and the rest,
// which is for others. Never throws for a record's sake.
import type { IncomingRecord } from '../../messaging/bus.ts'
import type { Cipher } from '../../messaging/cipher.ts'
import type { EventContract } from '../../messaging/contract.ts'
import { decodeMessage } from '../../messaging/envelope.ts'
import type { SagalineError } from '../../messaging/errors.ts'
import type { Message } from '../../messaging/message.ts'
import { hasSensitive } from '../../messaging/sensitive.ts'
import { participantError } from '../errors.ts'
import type { EventHandler, ReceivedEvent } from './event-handler.ts'

/** A record and what it is; each moves its partition on. */
export type Sorted = {
  readonly record: IncomingRecord
  readonly event?: ReceivedEvent
  readonly handler?: EventHandler
  /** Why it is to be set aside. */
  readonly error?: SagalineError
  /** Its data may be sensitive and in clear. */
  readonly isSensitive: boolean
}

type Wanted = {
  readonly contract: EventContract
  readonly handler: EventHandler
  readonly isSensitive: boolean
}

export type WantedEvents = ReadonlyMap<string, Wanted>

/** @throws HANDLERS_COLLIDE */
export function wantedBy(handlers: readonly EventHandler[]): WantedEvents {
  const wanted = new Map<string, Wanted>()
  for (const handler of handlers) {
    for (const contract of handler.contracts) {
      const { name } = contract
      if (wanted.has(name)) throw participantError('HANDLERS_COLLIDE', { name })
      wanted.set(name, { contract, handler, isSensitive: hasSensitive(contract.data) })
    }
  }
  return wanted
}

export type Sorting = {
  readonly wanted: WantedEvents
  readonly cipher: Cipher
  readonly generation: number
}

/** Both are part of a key of the inbox, which has its limits. */
const idBytesMax = 1_000

export function sortEvents(
  sorting: Sorting,
  records: readonly IncomingRecord[],
): readonly Sorted[] {
  return records.map((record) => sortOne(sorting, record))
}

function sortOne({ wanted, cipher, generation }: Sorting, record: IncomingRecord): Sorted {
  // Where there are keys there may be secrets in what nobody can read.
  const poison = (error: SagalineError) => ({ record, error, isSensitive: cipher.hasKeys })
  // As it stands: what a contract does not call sensitive is read without keys, encrypted parts and all.
  const outside = decodeMessage(record, null)
  if ('problem' in outside) return poison(malformed(outside.problem))
  const found = wanted.get(outside.type)
  // A channel may come to carry more than one knows of: that is for others.
  if (found === undefined || found.contract.topic !== record.topic) {
    return { record, isSensitive: false }
  }
  const { contract, handler, isSensitive } = found
  const message = isSensitive ? decodeMessage(record, cipher) : outside
  if ('problem' in message) return poison(message.error ?? malformed(message.problem))
  const problem = contract.check(message.data)
  if (problem !== null) {
    const error = participantError('PAYLOAD_INVALID', { name: contract.name, problem })
    return { record, error, isSensitive }
  }
  if (Buffer.byteLength(message.id) + Buffer.byteLength(message.source) > idBytesMax) {
    return poison(malformed(`its id and source have more than ${idBytesMax} bytes`))
  }
  return { record, event: toEvent(message, record, generation), handler, isSensitive }
}

function toEvent(message: Message, record: IncomingRecord, generation: number): ReceivedEvent {
  const { id, type, source, key, time, sagaId, data } = message
  const at = time ?? record.timestamp
  return { id, type, source, key, time: at, sagaId: sagaId ?? null, data, generation }
}

function malformed(problem: string): SagalineError {
  return participantError('EVENT_MALFORMED', { problem })
}
