// The door for replies: a batch of records becomes events, and what is no reply is parked. Its
// offsets may be marked once everything that came of it is committed and published.
import type { Handled, IncomingRecord } from '../../messaging/bus.ts'
import type { Cipher } from '../../messaging/cipher.ts'
import type { Db } from '../../messaging/db.ts'
import { park } from '../../messaging/dead-letters.ts'
import { decodeMessage, type Undecodable } from '../../messaging/envelope.ts'
import type { SagalineError } from '../../messaging/errors.ts'
import { type Log, traceFields } from '../../messaging/log.ts'
import type { Json, Message } from '../../messaging/message.ts'
import { readTraceparent, type Tracing } from '../../messaging/tracing.ts'
import { orchestratorError } from '../errors.ts'
import type { OnOrchestratorPoint } from '../points.ts'
import { type EventToHold, holdEvents } from '../store/held-events.ts'
import type { RowCipher } from '../store/row-cipher.ts'
import type { AdvanceSagas } from './advance-sagas.ts'
import type { Incoming } from './fold-sagas.ts'
import { isForAnother } from './is-for-another.ts'
import { isSagaId } from './is-saga-id.ts'
import type { SagaMetrics } from './saga-metrics.ts'

/** The consumer group of every orchestrator of one deployment, and its name in dead letters. */
export const orchestratorGroup = 'sagaline'

export type IntakeDependencies = {
  readonly db: Db
  readonly log: Log
  readonly cipher: Cipher
  readonly meters: SagaMetrics
  readonly tracing: Tracing | null
  readonly onPoint: OnOrchestratorPoint
}

export type Poison = { readonly record: IncomingRecord; readonly error: SagalineError }

export async function takeReplies(
  given: IntakeDependencies & { readonly sagas: AdvanceSagas; readonly rows: RowCipher },
  records: readonly IncomingRecord[],
): Promise<Handled> {
  const read = records.map((record) => ({ record, reply: readReply(given, record) }))
  const good = read.flatMap(({ record, reply }) =>
    'problem' in reply ? [] : [{ record, item: reply }],
  )
  const poison = read.flatMap(({ record, reply }) =>
    'problem' in reply
      ? [{ record, error: reply.error ?? orchestratorError('REPLY_UNUSABLE', reply) }]
      : [],
  )
  const advanced = await given.sagas.advance(good.map(({ item }) => item))
  const held: EventToHold[] = []
  advanced.forEach(({ problem }, index) => {
    const one = good[index]
    if (problem === null || !one) return
    // Another instance can read the saga, or will: it must not miss the reply.
    if (isForAnother(problem)) held.push({ ...one.item, record: one.record })
    else poison.push({ record: one.record, error: problem })
  })
  if (held.length > 0) given.log.warn('replies.held', { replies: held.length })
  await holdAll(given, held)
  // The next batch does not wait for it: poison must not slow down the others.
  const parked = parkAll(given, poison)
  const published = new Set(advanced.map((one) => one.published))
  return { settled: Promise.all([parked, ...published]).then(() => undefined) }
}

/** As the record has it, which may be anything. */
function traceOf({ headers }: IncomingRecord): string | null {
  const value = headers['traceparent']
  return value === undefined ? null : String(value)
}

/** For an instance that has what is missing here; their offsets go on. */
export async function holdAll(
  given: Pick<IntakeDependencies, 'db' | 'onPoint'> & { readonly rows: RowCipher },
  held: readonly EventToHold[],
): Promise<void> {
  if (held.length === 0) return
  await holdEvents(given.db, given.rows, held)
  await given.onPoint('held.after-hold-before-offset')
}

/** Parked records are done with: a person looks at them, their offsets go on. */
export async function parkAll(
  given: Pick<IntakeDependencies, 'db' | 'log' | 'cipher' | 'meters' | 'onPoint'>,
  poison: readonly Poison[],
): Promise<void> {
  if (poison.length === 0) return
  for (const { record, error } of poison) {
    const { topic, partition, offset } = record
    const at = { topic, partition, offset: String(offset) }
    given.log.warn('record.parked', { ...at, ...traceFields(traceOf(record)), error })
  }
  const letters = poison.map(({ record, error }) => ({
    record,
    consumer: orchestratorGroup,
    code: error.code,
    reason: error.message,
    // Which saga it is of is often not known; where there are keys there are secrets.
    isSensitive: given.cipher.hasKeys,
  }))
  await park(given.db, letters)
  for (const { code } of letters) given.meters.parked(code)
  await given.onPoint('dead-letter.after-park-before-offset')
}

function readReply(
  { cipher, tracing }: Pick<IntakeDependencies, 'cipher' | 'tracing'>,
  record: IncomingRecord,
): Incoming | Undecodable {
  const message = decodeMessage(record, cipher)
  if ('problem' in message) return message
  const { sagaId, causationId, outcome, attempt, id, data } = message
  if (sagaId === undefined || !isSagaId(sagaId)) return { problem: 'it names no saga' }
  if (causationId === undefined) return { problem: 'it names no command' }
  if (outcome === undefined) return { problem: 'it has no outcome' }
  const event = {
    type: 'replied',
    commandId: causationId,
    outcome,
    attempt: attempt ?? 1,
    data: (data ?? null) as Json,
    ...tracedBy(tracing, message),
  } as const
  return { sagaId, event, cause: id }
}

/** The trace of a message, for the event that it brings. Kept with the saga, so it must be one. */
export function tracedBy(
  tracing: Tracing | null,
  { traceparent }: Pick<Message, 'traceparent'>,
): { readonly traceparent?: string } {
  if (tracing === null || traceparent === undefined) return {}
  return readTraceparent(traceparent) === null ? {} : { traceparent }
}
