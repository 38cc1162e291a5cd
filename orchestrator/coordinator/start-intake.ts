// The door for starts over Kafka: what a service asked for in a transaction of its own, and what a
// saga asks of a child. The key of the request makes a redelivered one answer with the same saga.
import type { Handled, IncomingRecord } from '../../messaging/bus.ts'
import { isTransientDbError } from '../../messaging/db.ts'
import { decodeMessage } from '../../messaging/envelope.ts'
import { SagalineError } from '../../messaging/errors.ts'
import type { Json, Message } from '../../messaging/message.ts'
import { orchestratorError } from '../errors.ts'
import { holdStarts, type StartToHold } from '../store/held-starts.ts'
import { isChildCommand } from './child-command.ts'
import { type ChildDependencies, refuseChild, takeChild } from './child-intake.ts'
import { type IntakeDependencies, type Poison, parkAll, tracedBy } from './reply-intake.ts'
import { readTime } from './start-at.ts'
import type { StartRequest } from './start-saga.ts'

/** Longer keys are no keys. */
const keyLengthMax = 200

/** What waits for an instance that has the definition, or for the last one without it. */
const waiting: ReadonlySet<string> = new Set(['DEFINITION_NOT_READY', 'DEFINITION_UNKNOWN'])

export type StartDependencies = IntakeDependencies & ChildDependencies

export async function takeStarts(
  given: StartDependencies,
  records: readonly IncomingRecord[],
): Promise<Handled> {
  const { published, notReady } = await startAll(given, records)
  if (notReady.length > 0) {
    given.log.warn('starts.held', { starts: notReady.length })
    await holdStarts(given.db, notReady)
    await given.onPoint('start.after-hold-before-offset')
  }
  return { settled: Promise.all(published).then(() => undefined) }
}

/** Starts what can be started, gives up what never can; answers what must wait for its saga. */
export async function startAll(
  given: StartDependencies,
  records: readonly IncomingRecord[],
): Promise<{
  readonly published: readonly Promise<void>[]
  readonly notReady: readonly (StartToHold & Poison)[]
}> {
  const tries = await tryTwice(given, records)
  const failed = tries.flatMap(({ record, error }) => (error === null ? [] : [{ record, error }]))
  const isWaiting = ({ error }: Poison) => waiting.has(error.code)
  const told = await giveUp(
    given,
    failed.filter((one) => !isWaiting(one)),
  )
  return {
    published: [...told, ...tries.flatMap(({ begun }) => begun?.published ?? [])],
    notReady: failed
      .filter(isWaiting)
      .map(({ record, error }) => ({ record, name: heldName(error), error })),
  }
}

/** Parents of children that nobody will start are told; the rest is set aside for a person. */
export async function giveUp(
  given: StartDependencies,
  failed: readonly Poison[],
): Promise<readonly Promise<void>[]> {
  const told = await Promise.all(failed.map((one) => refuseChild(given, one)))
  await parkAll(
    given,
    failed.filter((_, index) => told[index] === null),
  )
  return told.flatMap((one) => (one === null ? [] : [one.published]))
}

/** A child needs exactly its version, any other start some version of its name. */
function heldName({ details }: SagalineError): string {
  const { name, version } = details
  return version === undefined ? String(name) : versionName({ name, version })
}

export function versionName({ name, version }: Readonly<Record<string, unknown>>): string {
  return `${name}@${version}`
}

type Try = {
  readonly record: IncomingRecord
  readonly begun: { readonly published: Promise<void> } | null
  readonly error: SagalineError | null
}

/** A name that nobody knows is looked for once more: an instance may just have come with it. */
async function tryTwice(
  given: StartDependencies,
  records: readonly IncomingRecord[],
): Promise<readonly Try[]> {
  const isUnknown = ({ error }: Try) => error?.code === 'SAGA_NAME_UNKNOWN'
  const tries = await Promise.all(records.map((record) => tryStart(given, record)))
  if (!tries.some(isUnknown)) return tries
  await given.instances.refresh()
  return Promise.all(tries.map((one) => (isUnknown(one) ? tryStart(given, one.record) : one)))
}

async function tryStart(given: StartDependencies, record: IncomingRecord): Promise<Try> {
  try {
    return { record, begun: await startOne(given, record), error: null }
  } catch (error) {
    return { record, begun: null, error: lasting(error) }
  }
}

/** What may pass is thrown on, so that the record comes again; the rest is answered. */
function lasting(error: unknown): SagalineError {
  if (isTransientDbError(error)) throw error
  if (error instanceof SagalineError) {
    if (error.retryable && !waiting.has(error.code)) throw error
    return error
  }
  const problem = error instanceof Error ? error.message : String(error)
  return orchestratorError('START_UNUSABLE', { problem }, error)
}

async function startOne(
  given: StartDependencies,
  record: IncomingRecord,
): Promise<{ readonly published: Promise<void> }> {
  const message = decodeMessage(record, given.cipher)
  if ('problem' in message) throw message.error ?? orchestratorError('START_UNUSABLE', message)
  if (isChildCommand(message)) return takeChild(given, message, record)
  const request = readStart(message)
  if ('problem' in request) throw orchestratorError('START_UNUSABLE', request)
  return given.starts.start({ ...request, ...tracedBy(given.tracing, message) })
}

function readStart(message: Message): StartRequest | { readonly problem: string } {
  const data = message.data as Readonly<Record<string, unknown>> | null
  if (data === null || typeof data !== 'object') return { problem: 'its data is no object' }
  const { saga, key, input, startAt } = data
  if (typeof saga !== 'string') return { problem: 'it names no saga' }
  if (typeof key !== 'string' || key.length === 0 || key.length > keyLengthMax) {
    return { problem: `its key must have 1 to ${keyLengthMax} characters` }
  }
  const request = { name: saga, idempotencyKey: key, input: (input ?? null) as Json }
  if (startAt === undefined) return request
  const at = typeof startAt === 'string' ? readTime(startAt) : null
  return at === null ? { problem: 'its startAt is no time' } : { ...request, startAt: at }
}
