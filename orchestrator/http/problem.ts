// Problem documents of RFC 9457: the one form that every error takes at the edge. What is told is
// chosen here; whatever is not known to be meant for the client stays in the log.
import { SagalineError } from '../../messaging/errors.ts'
import { orchestratorError, type orchestratorErrors } from '../errors.ts'
import type { Problem } from './schemas/problem-schema.ts'

type Code = keyof typeof orchestratorErrors

export const problemMediaType = 'application/problem+json; charset=utf-8'

/** Failures of ours whose words are meant for the client; of all others it gets the code alone. */
const tellable: ReadonlySet<string> = new Set<Code>([
  'ANSWER_TIMEOUT',
  'DEFINITION_NOT_READY',
  'LOGIN_UNAVAILABLE',
  'OVERLOADED',
  'STOPPING',
  'STORE_UNAVAILABLE',
])

/** False when the client is not told what went wrong, so that only the log can tell. */
export function isTold(problem: Problem): boolean {
  return problem.status < 500 || tellable.has(problem.code)
}

export function problemOf(error: unknown, requestId: string): Problem {
  const known =
    error instanceof SagalineError ? error : orchestratorError('INTERNAL', { requestId }, error)
  const { code, status, details } = known
  const sagaId = known.status === 409 ? details['id'] : undefined
  return {
    type: `urn:sagaline:error:${code}`,
    title: titleOf(code),
    status,
    detail: status < 500 || tellable.has(code) ? known.message : untold(known, requestId),
    code,
    instance: requestId,
    ...(typeof sagaId === 'string' && { sagaId }),
  }
}

function untold(error: SagalineError, requestId: string): string {
  if (error.retryable) return 'This cannot be served now; try again later.'
  return orchestratorError('INTERNAL', { requestId }).message
}

/** `SAGA_NOT_FOUND` → `Saga not found`. */
function titleOf(code: string): string {
  const words = code.toLowerCase().replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}
