// What kind of trouble an error of kafkajs tells of, and the error of ours that says it. Used by
// everything that asks a broker.
import { messagingError, SagalineError } from '../errors.ts'

const missingTypes = new Set<unknown>(['UNKNOWN_TOPIC_OR_PARTITION', 'INVALID_TOPIC_EXCEPTION'])

/** True when this error, or what caused it, says that there is no such topic. */
export function isMissing(error: unknown): boolean {
  return hasType(error, missingTypes)
}

const tooLargeTypes = new Set<unknown>(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'])

/** True when the broker refused a batch for its size. */
export function isTooLarge(error: unknown): boolean {
  return hasType(error, tooLargeTypes)
}

const forbiddenTypes = new Set<unknown>([
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
])

/** KAFKA_FORBIDDEN when the broker refused `what` for want of a right; else null. */
export function forbidden(what: string, error: unknown): SagalineError | null {
  if (!hasType(error, forbiddenTypes)) return null
  return messagingError('KAFKA_FORBIDDEN', { what, problem: textOf(error) }, error)
}

/** An error of ours as it is; of others KAFKA_FORBIDDEN, or BROKER_UNREACHABLE. */
export function toTrouble(error: unknown, brokers: readonly string[]): SagalineError {
  if (error instanceof SagalineError) return error
  const details = { brokers: brokers.join(','), problem: textOf(error) }
  return forbidden('this', error) ?? messagingError('BROKER_UNREACHABLE', details, error)
}

/** kafkajs gathers what went wrong with several topics, and wraps what a broker said. */
function textOf(error: unknown): string {
  const [first] = partsOf(error)
  const told = first ?? (error instanceof Error ? (error.cause ?? error) : error)
  return told instanceof Error ? told.message : String(told)
}

const causesMax = 5

function hasType(error: unknown, types: ReadonlySet<unknown>): boolean {
  let at = error
  for (let depth = 0; depth < causesMax && at instanceof Error; depth += 1) {
    if ('type' in at && types.has(at.type)) return true
    if (partsOf(at).some((part) => part instanceof Error && 'type' in part && types.has(part.type)))
      return true
    at = at.cause
  }
  return false
}

function partsOf(error: unknown): readonly unknown[] {
  if (!(error instanceof Error) || !('errors' in error)) return []
  return Array.isArray(error.errors) ? error.errors : []
}
