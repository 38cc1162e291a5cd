// Messages on the wire: CloudEvents 1.0 in Kafka's binary content mode, one header an attribute.
// Everything that publishes encodes here; everything that consumes decodes here. Both are on the
// hot path. Decoding never throws: whatever cannot be a message comes back with its problem.
import { isUtf8 } from 'node:buffer'
import { parse } from 'secure-json-parse'
import type { IncomingRecord } from './bus.ts'
import { type Cipher, noKeys } from './cipher.ts'
import { decryptFields, mayBeEncrypted } from './encrypted-fields.ts'
import { messagingError, SagalineError } from './errors.ts'
import { jsonProblem } from './json-problem.ts'
import type { Direction, Message, MessageId, ReplyOutcome, SagaId } from './message.ts'
import { RecentValues } from './recent-values.ts'

/** Key, value and headers together; well under the topics' `max.message.bytes` of 256 KiB. */
export const messageBytesMax = 200 * 1024

/** A record that is not a message of ours, and why. */
export type Undecodable = {
  readonly problem: string
  /** Why its sensitive fields cannot be read, where that is the problem. */
  readonly error?: SagalineError
}

/** The most bytes that one UTF-16 unit can take in UTF-8. */
const utf8BytesPerUnitMax = 3

/** A message as a record: texts only. */
export type EncodedMessage = {
  readonly topic: string
  readonly key: string
  readonly value: string
  readonly headers: Readonly<Record<string, string>>
}

/** @throws MESSAGE_TOO_LARGE, MESSAGE_MALFORMED when `data` is not JSON that Postgres can keep. */
export function encodeMessage(message: Message): EncodedMessage {
  const { lesser } = message
  if (lesser === undefined) return encodeAsItIs(message)
  try {
    return encodeAsItIs(message)
  } catch {
    return encodeMessage(lesser())
  }
}

function encodeAsItIs(message: Message): EncodedMessage {
  const value = toJson(message)
  const headers = toHeaders(message)
  checkSize(message, value, headers)
  return { topic: message.topic, key: message.key, value, headers }
}

function toJson(message: Message): string {
  let text: string
  try {
    text = JSON.stringify(message.data) ?? 'null'
  } catch (error) {
    throw messagingError('MESSAGE_MALFORMED', { problem: 'its data is not JSON' }, error)
  }
  const problem = jsonProblem(text, message.data) ?? keyProblem(text)
  if (problem !== null) throw messagingError('MESSAGE_MALFORMED', { problem })
  return text
}

/** Keys that a reader refuses, since merging them into an object would change its prototype. */
export function keyProblem(text: string): string | null {
  if (!text.includes('__proto__') && !text.includes('constructor')) return null
  try {
    parse(text, null, strictKeys)
    return null
  } catch {
    return 'it holds a forbidden key'
  }
}

const strictKeys = { protoAction: 'error', constructorAction: 'error' } as const

function toHeaders(message: Message): Record<string, string> {
  const headers: Record<string, string> = {
    ce_specversion: '1.0',
    ce_id: message.id,
    ce_source: message.source,
    ce_type: message.type,
    'content-type': 'application/json',
  }
  if (message.time !== undefined) headers['ce_time'] = toTimestamp(message.time)
  if (message.sagaId !== undefined) headers['ce_sagaid'] = message.sagaId
  if (message.step !== undefined) headers['ce_step'] = message.step
  if (message.visit !== undefined) headers['ce_visit'] = String(message.visit)
  if (message.direction !== undefined) headers['ce_direction'] = message.direction
  if (message.attempt !== undefined) headers['ce_attempt'] = String(message.attempt)
  if (message.causationId !== undefined) headers['ce_causationid'] = message.causationId
  if (message.deadline !== undefined) headers['ce_deadline'] = toTimestamp(message.deadline)
  if (message.issuedAt !== undefined) headers['ce_issuedat'] = toTimestamp(message.issuedAt)
  if (message.replyTo !== undefined) headers['ce_replyto'] = message.replyTo
  if (message.outcome !== undefined) headers['ce_outcome'] = message.outcome
  if (message.traceparent !== undefined) headers['traceparent'] = message.traceparent
  return headers
}

/** Messages of one batch share their few times: when they were made, and their deadline. */
const timestamps = new RecentValues((ms: number) => new Date(ms).toISOString())

function toTimestamp(date: Date): string {
  return timestamps.of(date.getTime())
}

function checkSize(message: Message, value: string, headers: Record<string, string>): void {
  let units = value.length + message.key.length
  for (const name in headers) units += name.length + (headers[name]?.length ?? 0)
  if (units * utf8BytesPerUnitMax <= messageBytesMax) return
  let bytes = Buffer.byteLength(value) + Buffer.byteLength(message.key)
  for (const name in headers) bytes += name.length + Buffer.byteLength(headers[name] ?? '')
  if (bytes <= messageBytesMax) return
  throw messagingError('MESSAGE_TOO_LARGE', { id: message.id, bytes, limit: messageBytesMax })
}

/** What decoding stops at: thrown and caught inside this file only. */
class Problem extends Error {}

type Headers = IncomingRecord['headers']
type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** Sensitive fields come decrypted, and can only be read with the keys; without a cipher (null)
 * they come as they stand. */
export function decodeMessage(
  record: IncomingRecord,
  cipher: Cipher | null = noKeys,
): Message | Undecodable {
  try {
    return decodeOrThrow(record, cipher)
  } catch (error) {
    if (error instanceof SagalineError) return { problem: error.message, error }
    return { problem: error instanceof Problem ? error.message : 'it cannot be read' }
  }
}

function decodeOrThrow(record: IncomingRecord, cipher: Cipher | null): Message {
  const { headers } = record
  if (sizeOf(record) > messageBytesMax) throw new Problem('it is too large')
  if (required(headers, 'ce_specversion') !== '1.0') {
    throw new Problem('ce_specversion is not 1.0')
  }
  if (!required(headers, 'content-type').startsWith('application/json')) {
    throw new Problem('content-type is not application/json')
  }
  const id = required(headers, 'ce_id') as MessageId
  const message: Mutable<Message> = {
    id,
    type: required(headers, 'ce_type'),
    source: required(headers, 'ce_source'),
    topic: record.topic,
    key: toText(record.key, 'key'),
    data: toData(record.value, { cipher, id }),
  }
  readSaga(headers, message)
  readTimes(headers, message)
  return message
}

function readSaga(headers: Headers, message: Mutable<Message>): void {
  const sagaId = optional(headers, 'ce_sagaid')
  if (sagaId !== undefined) message.sagaId = toSagaId(sagaId)
  const step = optional(headers, 'ce_step')
  if (step !== undefined) message.step = step
  const visit = optional(headers, 'ce_visit')
  if (visit !== undefined) message.visit = toCount(visit, 'ce_visit')
  const direction = optional(headers, 'ce_direction')
  if (direction !== undefined) message.direction = toDirection(direction)
  const attempt = optional(headers, 'ce_attempt')
  if (attempt !== undefined) message.attempt = toCount(attempt, 'ce_attempt')
  const causationId = optional(headers, 'ce_causationid')
  if (causationId !== undefined) message.causationId = causationId as MessageId
  const replyTo = optional(headers, 'ce_replyto')
  if (replyTo !== undefined) message.replyTo = replyTo
  const outcome = optional(headers, 'ce_outcome')
  if (outcome !== undefined) message.outcome = toOutcome(outcome)
  const traceparent = optional(headers, 'traceparent')
  if (traceparent !== undefined) message.traceparent = traceparent
}

function readTimes(headers: Headers, message: Mutable<Message>): void {
  const time = optional(headers, 'ce_time')
  if (time !== undefined) message.time = toDate(time, 'ce_time')
  const deadline = optional(headers, 'ce_deadline')
  if (deadline !== undefined) message.deadline = toDate(deadline, 'ce_deadline')
  const issuedAt = optional(headers, 'ce_issuedat')
  if (issuedAt !== undefined) message.issuedAt = toDate(issuedAt, 'ce_issuedat')
}

/** Bytes of a record as they count against `messageBytesMax`. */
export function sizeOf(record: IncomingRecord): number {
  let bytes = (record.value?.length ?? 0) + (record.key?.length ?? 0)
  for (const name in record.headers) bytes += name.length + (record.headers[name]?.length ?? 0)
  return bytes
}

function required(headers: Headers, name: string): string {
  return toText(headers[name] ?? null, name)
}

function optional(headers: Headers, name: string): string | undefined {
  const bytes = headers[name]
  return bytes === undefined ? undefined : toText(bytes, name)
}

/** Empty text, wrong UTF-8 and NUL (which no text column takes) are refused. */
function toText(bytes: Buffer | null, name: string): string {
  if (bytes === null || bytes.length === 0) throw new Problem(`${name} is missing`)
  const text = bytes.toString()
  // Wrong UTF-8 always leaves a replacement character, so most texts need no second look.
  if (text.includes('\ufffd') && !isUtf8(bytes)) throw new Problem(`${name} is not UTF-8`)
  if (text.includes('\0')) throw new Problem(`${name} contains NUL`)
  return text
}

function toData(
  value: Buffer | null,
  { cipher, id }: { readonly cipher: Cipher | null; readonly id: MessageId },
): unknown {
  if (value === null) throw new Problem('it has no value')
  if (!isUtf8(value)) throw new Problem('its value is not UTF-8')
  const text = value.toString()
  let data: unknown
  try {
    data = parse(text, null, strictKeys)
  } catch {
    throw new Problem('its value is not JSON, or holds a forbidden key')
  }
  const problem = jsonProblem(text, data)
  if (problem !== null) throw new Problem(problem)
  return cipher !== null && mayBeEncrypted(text) ? decryptFields(cipher, data, id) : data
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

function toSagaId(text: string): SagaId {
  // Checked because it meets a uuid column, where one wrong id would fail a whole batch.
  if (!uuid.test(text)) throw new Problem('ce_sagaid is not a UUID')
  return text.toLowerCase() as SagaId
}

/** Fits a Postgres integer. */
const countMax = 2 ** 31 - 1

function toCount(text: string, name: string): number {
  const count = Number(text)
  if (!Number.isInteger(count) || count < 1 || count > countMax || String(count) !== text) {
    throw new Problem(`${name} is not a count from 1`)
  }
  return count
}

function toDirection(text: string): Direction {
  if (text === 'do' || text === 'undo') return text
  throw new Problem('ce_direction is neither do nor undo')
}

function toOutcome(text: string): ReplyOutcome {
  if (text === 'succeeded' || text === 'refused' || text === 'failed') return text
  throw new Problem('ce_outcome is unknown')
}

const timestamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/

const times = new RecentValues((text: string) =>
  timestamp.test(text) ? Date.parse(text) : Number.NaN,
)

function toDate(text: string, name: string): Date {
  const ms = times.of(text)
  if (Number.isNaN(ms)) throw new Problem(`${name} is not a time`)
  return new Date(ms)
}
