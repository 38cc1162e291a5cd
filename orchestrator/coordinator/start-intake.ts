// The door for starts over Kafka: what a service asked for in a transaction of its own. The key
// of the request makes a redelivered one answer with the same saga.
import type { Handled, IncomingRecord } from '../../messaging/bus.ts'
import { isTransientDbError } from '../../messaging/db.ts'
import { decodeMessage } from '../../messaging/envelope.ts'
import { SagalineError } from '../../messaging/errors.ts'
import type { Json } from '../../messaging/message.ts'
import { orchestratorError } from '../errors.ts'
import { type IntakeDependencies, type Poison, parkAll } from './reply-intake.ts'
import type { StartRequest } from './start-saga.ts'
import type { Begun, StartSagas } from './start-sagas.ts'

/** Longer keys are no keys. */
const keyLengthMax = 200

export async function takeStarts(
  given: IntakeDependencies & { readonly starts: StartSagas },
  records: readonly IncomingRecord[],
): Promise<Handled> {
  const poison: Poison[] = []
  const begun = await Promise.all(
    records.map((record) =>
      startOne(given.starts, record).catch((error: unknown) => {
        poison.push({ record, error: hopeless(error) })
        return null
      }),
    ),
  )
  await parkAll(given, poison)
  const published = begun.flatMap((one) => (one === null ? [] : [one.published]))
  return { settled: Promise.all(published).then(() => undefined) }
}

/** What may pass is thrown on, so that the record comes again; the rest is for a person. */
function hopeless(error: unknown): SagalineError {
  if (isTransientDbError(error)) throw error
  if (error instanceof SagalineError) {
    if (error.retryable) throw error
    return error
  }
  const problem = error instanceof Error ? error.message : String(error)
  return orchestratorError('START_UNUSABLE', { problem }, error)
}

async function startOne(starts: StartSagas, record: IncomingRecord): Promise<Begun> {
  const request = readStart(record)
  if ('problem' in request) throw orchestratorError('START_UNUSABLE', request)
  return starts.start(request)
}

function readStart(record: IncomingRecord): StartRequest | { readonly problem: string } {
  const message = decodeMessage(record)
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
