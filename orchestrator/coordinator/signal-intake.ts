// The door for signals over Kafka. One whose saga is not there may have overtaken its start, so
// it is tried again for a while, without holding up the others; a refused one is parked.
import type { Handled, IncomingRecord } from '../../messaging/bus.ts'
import { backoffMs, type Clock } from '../../messaging/clock.ts'
import { isTransientDbError } from '../../messaging/db.ts'
import { decodeMessage, type Undecodable } from '../../messaging/envelope.ts'
import { SagalineError } from '../../messaging/errors.ts'
import type { Json, SagaId } from '../../messaging/message.ts'
import { orchestratorError } from '../errors.ts'
import type { RowCipher } from '../store/row-cipher.ts'
import type { AdvanceSagas } from './advance-sagas.ts'
import { isForAnother } from './is-for-another.ts'
import { isSagaId } from './is-saga-id.ts'
import { holdAll, type IntakeDependencies, parkAll, tracedBy } from './reply-intake.ts'
import { type SignalRequest, type SignalTarget, signalSaga } from './signal-sagas.ts'

export type SignalIntake = IntakeDependencies & {
  readonly sagas: AdvanceSagas
  readonly rows: RowCipher
  readonly clock: Clock
  /** What waits for another try is given up then; its records come again. */
  readonly stopping: AbortSignal
  /** Those that wait for another try, counted by the intake itself. */
  readonly waiting: { signals: number }
}

export const signalType = 'sagaline.signal'

/** Longer names, ids, keys and actors are none. */
const textLengthMax = 200
const keyLengthMax = 500
/** A signal without a saga is tried this often, which takes 10 to 15 s; then it is parked. */
const triesMax = 12
const retry = { initialMs: 100, maxMs: 2_000 }
/** Signals that wait for another try; beyond it one without a saga is parked at its first. */
const waitingMax = 1_000

export async function takeSignals(
  given: SignalIntake,
  records: readonly IncomingRecord[],
): Promise<Handled> {
  const settled = await Promise.all(records.map((record) => takeSignal(given, record)))
  return {
    settled: Promise.all(settled.map(({ done }) => done)).then(() => undefined),
    isLate: settled.some(({ isLate }) => isLate),
  }
}

/** What is left to do when others may go on; late when it waits for another try. */
type Taken = { readonly done: Promise<void>; readonly isLate: boolean }

async function takeSignal(given: SignalIntake, record: IncomingRecord): Promise<Taken> {
  const request = readSignal(given, record)
  if ('problem' in request) {
    await refuse(given, record, request.error ?? orchestratorError('SIGNAL_UNUSABLE', request))
    return { done: Promise.resolve(), isLate: false }
  }
  const isFull = given.waiting.signals >= waitingMax
  const first = await attempt(given, record, request, isFull)
  const isLate = first === 'again'
  // Parked it would be a verdict that nobody has given: its whole batch waits.
  if (isLate && isFull) throw orchestratorError('STORE_UNAVAILABLE')
  const done = isLate ? takeLater(given, record, request) : first.published
  // It is awaited with the others; until then nobody listens.
  done.catch(() => undefined)
  return { done, isLate }
}

async function takeLater(
  given: SignalIntake,
  record: IncomingRecord,
  request: SignalRequest,
): Promise<void> {
  given.waiting.signals += 1
  try {
    await tryAgain(given, record, request)
  } finally {
    given.waiting.signals -= 1
  }
}

async function tryAgain(
  given: SignalIntake,
  record: IncomingRecord,
  request: SignalRequest,
): Promise<void> {
  const { clock, stopping, onPoint } = given
  await onPoint('signal.before-retry')
  for (let tries = 1; tries < triesMax; tries++) {
    await clock.wait(backoffMs(retry, tries, clock.random), stopping)
    if (stopping.aborted) throw orchestratorError('STOPPING')
    const sent = await attempt(given, record, request, tries === triesMax - 1)
    if (sent !== 'again') return sent.published
  }
  throw orchestratorError('STORE_UNAVAILABLE')
}

type Attempted = { readonly published: Promise<void> }

async function attempt(
  given: SignalIntake,
  record: IncomingRecord,
  request: SignalRequest,
  isLast = false,
): Promise<Attempted | 'again'> {
  const sent: Sent = await signalSaga(given, request).catch(failureOf)
  const { problem, published } = sent
  if (problem === null) return { published }
  if (sent.sagaId !== null && isForAnother(problem)) {
    const held = { sagaId: sent.sagaId, event: request.event, cause: null, record }
    await holdAll(given, [held])
    return { published }
  }
  if (isMissing(problem) ? !isLast : isPassing(problem)) return 'again'
  await refuse(given, record, problem)
  return { published: Promise.resolve() }
}

type Sent = Attempted & { readonly sagaId: SagaId | null; readonly problem: SagalineError | null }

/** @throws what is no verdict on the signal: its record comes again. */
function failureOf(error: unknown): Sent {
  const nothing = { sagaId: null, published: Promise.resolve() }
  if (error instanceof SagalineError && error.code !== 'STOPPING') {
    return { ...nothing, problem: error }
  }
  if (!isTransientDbError(error)) throw error
  return { ...nothing, problem: orchestratorError('STORE_UNAVAILABLE', {}, error) }
}

/** The saga may be about to be started. */
const isMissing = ({ code }: SagalineError) =>
  code === 'SAGA_NOT_FOUND' || code === 'SAGA_KEY_UNKNOWN'

/** A saga that keeps too many signals is no trouble that passes by itself. */
const isPassing = ({ retryable, code }: SagalineError) => retryable && code !== 'SIGNALS_FULL'

function refuse(given: SignalIntake, record: IncomingRecord, error: SagalineError): Promise<void> {
  return parkAll(given, [{ record, error }])
}

function readSignal(
  { cipher, tracing }: Pick<SignalIntake, 'cipher' | 'tracing'>,
  record: IncomingRecord,
): SignalRequest | Undecodable {
  const message = decodeMessage(record, cipher)
  if ('problem' in message) return message
  const { id, type } = message
  if (type !== signalType) return { problem: `its type is not ${signalType}` }
  if (id.length > textLengthMax) return { problem: `its id has over ${textLengthMax} characters` }
  const given = message.data as Readonly<Record<string, unknown>> | null
  if (given === null || typeof given !== 'object') return { problem: 'its data is no object' }
  const { signal: name, data, actor = null } = given
  if (!isText(name, textLengthMax)) return { problem: 'it names no signal' }
  if (actor !== null && !isText(actor, textLengthMax)) return { problem: 'its actor is no name' }
  const target = readTarget(given)
  if (target === null) return { problem: 'it names no saga by sagaId, or by saga and businessKey' }
  const event = { type: 'signalled', id, name, data: (data ?? null) as Json, actor } as const
  return { target, event: { ...event, ...tracedBy(tracing, message) } }
}

function readTarget(given: Readonly<Record<string, unknown>>): SignalTarget | null {
  const { sagaId, saga, businessKey } = given
  if (typeof sagaId === 'string') return isSagaId(sagaId) ? { sagaId } : null
  const isKey = isText(saga, textLengthMax) && isText(businessKey, keyLengthMax)
  return isKey ? { saga, businessKey } : null
}

function isText(value: unknown, lengthMax: number): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= lengthMax
}
