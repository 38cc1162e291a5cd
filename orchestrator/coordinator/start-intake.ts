// The door for starts over Kafka: what a service asked for in a transaction of its own. The key
// of the request makes a redelivered one answer with the same saga.
import type { Handled, IncomingRecord } from '../../messaging/bus.ts'
import type { Cipher } from '../../messaging/cipher.ts'
import { isTransientDbError } from '../../messaging/db.ts'
import { decodeMessage, type Undecodable } from '../../messaging/envelope.ts'
import { SagalineError } from '../../messaging/errors.ts'
import type { Json } from '../../messaging/message.ts'
import { orchestratorError } from '../errors.ts'
import { holdStarts, type StartToHold } from '../store/held-starts.ts'
import type { Instances } from './instances.ts'
import { type IntakeDependencies, type Poison, parkAll } from './reply-intake.ts'
import type { StartRequest } from './start-saga.ts'
import type { Begun, StartSagas } from './start-sagas.ts'

/** Longer keys are no keys. */
const keyLengthMax = 200

export type StartDependencies = IntakeDependencies & {
  readonly starts: StartSagas
  readonly instances: Instances
}

export async function takeStarts(
  given: StartDependencies,
  records: readonly IncomingRecord[],
): Promise<Handled> {
  const { published, notReady } = await startAll(given, records)
  if (notReady.length > 0) {
    given.log.warn('starts.held', { starts: notReady.length })
    await holdStarts(given.db, notReady)
  }
  return { settled: Promise.all(published).then(() => undefined) }
}

/** Starts what can be started, parks what never can; answers what must wait for its saga. */
export async function startAll(
  given: StartDependencies,
  records: readonly IncomingRecord[],
): Promise<{
  readonly published: readonly Promise<void>[]
  readonly notReady: readonly StartToHold[]
}> {
  const tries = await tryTwice(given, records)
  const failed = tries.flatMap(({ record, error }) => (error === null ? [] : [{ record, error }]))
  const isWaiting = ({ error }: Poison) => error.code === 'DEFINITION_NOT_READY'
  await parkAll(
    given,
    failed.filter((one) => !isWaiting(one)),
  )
  return {
    published: tries.flatMap(({ begun }) => begun?.published ?? []),
    notReady: failed
      .filter(isWaiting)
      .map(({ record, error }) => ({ record, name: String(error.details['name']) })),
  }
}

type Try = {
  readonly record: IncomingRecord
  readonly begun: Begun | null
  readonly error: SagalineError | null
}

/** A name that nobody knows is looked for once more: an instance may just have come with it. */
async function tryTwice(
  { starts, instances, cipher }: StartDependencies,
  records: readonly IncomingRecord[],
): Promise<readonly Try[]> {
  const isUnknown = ({ error }: Try) => error?.code === 'SAGA_NAME_UNKNOWN'
  const tries = await Promise.all(records.map((record) => tryStart({ starts, cipher }, record)))
  if (!tries.some(isUnknown)) return tries
  await instances.refresh()
  return Promise.all(
    tries.map((one) => (isUnknown(one) ? tryStart({ starts, cipher }, one.record) : one)),
  )
}

async function tryStart(
  { starts, cipher }: Pick<StartDependencies, 'starts' | 'cipher'>,
  record: IncomingRecord,
): Promise<Try> {
  try {
    const request = readStart(cipher, record)
    if ('problem' in request) throw request.error ?? orchestratorError('START_UNUSABLE', request)
    return { record, begun: await starts.start(request), error: null }
  } catch (error) {
    return { record, begun: null, error: lasting(error) }
  }
}

/** What may pass is thrown on, so that the record comes again; the rest is answered. */
function lasting(error: unknown): SagalineError {
  if (isTransientDbError(error)) throw error
  if (error instanceof SagalineError) {
    if (error.retryable && error.code !== 'DEFINITION_NOT_READY') throw error
    return error
  }
  const problem = error instanceof Error ? error.message : String(error)
  return orchestratorError('START_UNUSABLE', { problem }, error)
}

function readStart(cipher: Cipher, record: IncomingRecord): StartRequest | Undecodable {
  const message = decodeMessage(record, cipher)
  if ('problem' in message) return message
  const data = message.data as Readonly<Record<string, unknown>> | null
  if (data === null || typeof data !== 'object') return { problem: 'its data is no object' }
  const { saga, key, input } = data
  if (typeof saga !== 'string') return { problem: 'it names no saga' }
  if (typeof key !== 'string' || key.length === 0 || key.length > keyLengthMax) {
    return { problem: `its key must have 1 to ${keyLengthMax} characters` }
  }
  return { name: saga, idempotencyKey: key, input: (input ?? null) as Json }
}
