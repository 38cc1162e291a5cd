// Turns whatever was thrown on the way to an answer into a problem document. Fastify's own errors
// get codes of ours, and anything unknown is logged and answered without a word about its cause.
import type { FastifyReply, FastifyRequest } from 'fastify'
import { SagalineError } from '../../messaging/errors.ts'
import type { Log } from '../../messaging/log.ts'
import { orchestratorError } from '../errors.ts'
import type { HttpLimits } from './http-options.ts'
import { isTold, problemMediaType, problemOf } from './problem.ts'
import type { Problem } from './schemas/problem-schema.ts'

/** Long enough for a restart elsewhere to have got on, short enough to wait for. */
const retryAfterS = '1'

export function errorAnswerer(log: Log, limits: HttpLimits) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const known = translate(error, limits)
    const problem = problemOf(known, request.id)
    if (!isTold(problem)) report(log, problem, known, request)
    if (known instanceof SagalineError && known.retryable) {
      reply.header('retry-after', String(known.details['retryAfterS'] ?? retryAfterS))
    }
    if (problem.code === 'LOGIN_REQUIRED') reply.header('www-authenticate', 'Bearer')
    request.problemCode = problem.code
    reply.code(problem.status).header('content-type', problemMediaType)
    reply.send(JSON.stringify(problem))
  }
}

/** What the client is told is not logged: it comes as often as requests, in the worst moment. */
function report(log: Log, problem: Problem, error: unknown, request: FastifyRequest): void {
  const { instance: requestId, code, status } = problem
  const { method, routeOptions } = request
  const fields = { requestId, method, route: routeOptions.url, code, error }
  if (status === 500) log.error('http.failed', fields)
  else log.warn('http.unavailable', fields)
}

function translate(error: unknown, limits: HttpLimits): unknown {
  if (!(error instanceof Error && 'code' in error)) return error
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return orchestratorError('BODY_TOO_LARGE', { limit: limits.bodyBytesMax }, error)
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return orchestratorError('MEDIA_TYPE_UNSUPPORTED', {}, error)
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return invalid('the body is not as long as Content-Length says', error)
    case 'FST_ERR_BAD_URL':
      return invalid('the path is not valid', error)
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return invalid('a part of the path is too long', error)
    default:
      return error
  }
}

function invalid(problem: string, cause: Error): Error {
  return orchestratorError('REQUEST_INVALID', { problem }, cause)
}
