// Sorts the records of a batch: commands that can be handled, and poison that must be parked.
// Never throws for a record's sake. Called by the participant for each batch.
import type { IncomingRecord } from '../messaging/bus.ts'
import type { Cipher } from '../messaging/cipher.ts'
import { decodeMessage } from '../messaging/envelope.ts'
import type { SagalineError } from '../messaging/errors.ts'
import type { Message } from '../messaging/message.ts'
import { repliesTopic } from '../messaging/topics.ts'
import { bodyHashes } from './body-hash.ts'
import { participantError } from './errors.ts'
import type { Handler } from './handler.ts'
import type { Received } from './received.ts'

/** A record for a person to look at, and why. */
export type Poison = { readonly record: IncomingRecord; readonly error: SagalineError }

export type Intake = {
  readonly commands: readonly Received[]
  /** Contains also the records of commands whose payload does not fit: those are refused as well. */
  readonly poison: readonly Poison[]
}

export type Handlers = ReadonlyMap<string, Handler>

export type Receiving = {
  readonly service: string
  readonly handlers: Handlers
  readonly cipher: Cipher
  /** By the monotonic clock. */
  readonly takenAtMs: number
}

export function sortRecords(receiving: Receiving, records: readonly IncomingRecord[]): Intake {
  const commands: Received[] = []
  const poison: Poison[] = []
  for (const record of records) {
    const received = receive(receiving, record)
    if ('error' in received) {
      poison.push({ record, error: received.error })
      continue
    }
    commands.push(received)
    if (received.payloadProblem !== null) {
      const details = { name: received.handler.contract.name, problem: received.payloadProblem }
      poison.push({ record, error: participantError('PAYLOAD_INVALID', details) })
    }
  }
  return { commands, poison }
}

type Unusable = { readonly error: SagalineError }

function receive(receiving: Receiving, record: IncomingRecord): Received | Unusable {
  const { service, handlers, cipher, takenAtMs } = receiving
  const message = decodeMessage(record, cipher)
  if ('problem' in message) {
    return message.error ? { error: message.error } : malformed(message.problem)
  }
  const handler = handlers.get(message.type)
  if (handler === undefined) {
    return { error: participantError('COMMAND_UNKNOWN', { service, name: message.type }) }
  }
  return toReceived(message, { handler, cipher, takenAtMs }, record)
}

function toReceived(
  message: Message,
  { handler, cipher, takenAtMs }: { handler: Handler; cipher: Cipher; takenAtMs: number },
  record: IncomingRecord,
): Received | Unusable {
  const { sagaId, step, visit, direction } = message
  if (sagaId === undefined) return malformed('it names no saga')
  if (step === undefined || visit === undefined) return malformed('it names no step and visit')
  if (direction === undefined) return malformed('it says neither do nor undo')
  if (direction === 'undo' && handler.contract.undo !== null) {
    // Carrying it out would have the effect a second time.
    return malformed(`${message.type} undoes nothing: it has an undo itself`)
  }
  if (message.replyTo !== undefined && message.replyTo !== repliesTopic) {
    // A stranger's record must not choose where this service writes.
    return malformed(`ce_replyto is not ${repliesTopic}`)
  }
  const [bodyHash, ...olderHashes] = bodyHashes(handler.contract, message.data, cipher)
  return {
    command: {
      sagaId,
      step,
      visit,
      attempt: message.attempt ?? 1,
      id: message.id,
      payload: message.data,
      issuedAt: message.issuedAt ?? message.time ?? record.timestamp,
      deadline: message.deadline ?? null,
      traceparent: message.traceparent ?? null,
    },
    direction,
    replyTo: message.replyTo ?? repliesTopic,
    handler,
    bodyHash,
    olderHashes,
    payloadProblem: handler.contract.checkPayload(message.data),
    record,
    takenAtMs,
  }
}

function malformed(problem: string): Unusable {
  return { error: participantError('COMMAND_MALFORMED', { problem }) }
}
