// The errors of REST itself: of requests, logins, limits, streams and bulk jobs. A part of the table in
// `orchestrator/errors.ts`, which makes them.
import type { ErrorEntry } from '../../messaging/errors.ts'

export const httpErrors = {
  BULK_TOO_LARGE: {
    message:
      'More than {limit} sagas fit, so no bulk job was made; look again, or filter for fewer.',
    status: 413,
    retryable: false,
  },
  BULK_JOBS_FULL: {
    message: 'There are {limit} bulk jobs that have not ended; try again later.',
    status: 429,
    retryable: true,
  },
  BULK_KEY_REUSED: {
    message: 'The idempotency key was used with another body, for the bulk job {job}.',
    status: 409,
    retryable: false,
  },
  BULK_JOB_UNKNOWN: {
    message: 'There is no bulk job with the id {job}.',
    status: 404,
    retryable: false,
  },
  MOMENT_TOO_EARLY: {
    message: 'The saga {id} had not been started then.',
    status: 404,
    retryable: false,
  },
  HISTORY_NOT_REPLAYABLE: {
    message: 'Entry {seq} of the saga {id} cannot be replayed: {problem}.',
    status: 409,
    retryable: false,
  },
  FAULTS_OFF: {
    message: 'Nothing can be made to fail here: FAULT_SERVICES names no service.',
    status: 404,
    retryable: false,
  },
  FAULT_REFUSED: {
    message: 'The fault was not taken: {problem}.',
    status: 422,
    retryable: false,
  },
  STREAMS_FULL: {
    message: 'There are {limit} streams open of {whose}; close one, or try again later.',
    status: 429,
    retryable: true,
  },
  REQUEST_INVALID: {
    message: 'The request is not valid: {problem}.',
    status: 400,
    retryable: false,
  },
  BODY_TOO_LARGE: {
    message: 'The body is larger than {limit} bytes.',
    status: 413,
    retryable: false,
  },
  MEDIA_TYPE_UNSUPPORTED: {
    message: 'Only application/json is accepted.',
    status: 415,
    retryable: false,
  },
  DASHBOARD_MISSING: {
    message: 'The dashboard was not built here: npm run build does that.',
    status: 404,
    retryable: false,
  },
  METRICS_OFF: {
    message: 'Nothing is counted here: METRICS is false.',
    status: 404,
    retryable: false,
  },
  ROUTE_NOT_FOUND: {
    message: 'There is nothing at {method} {path}.',
    status: 404,
    retryable: false,
  },
  METHOD_NOT_ALLOWED: {
    message: 'At {path} only {allowed} is possible.',
    status: 405,
    retryable: false,
  },
  REQUEST_TIMEOUT: {
    message: 'The request did not arrive completely within {limitMs} ms.',
    status: 408,
    retryable: true,
  },
  HEADERS_TOO_LARGE: {
    message: 'The headers are larger than {limit} bytes.',
    status: 431,
    retryable: false,
  },
  LOGIN_REQUIRED: {
    message: 'It takes a valid API key or token, as Authorization: Bearer.',
    status: 401,
    retryable: false,
  },
  LOGIN_UNAVAILABLE: {
    message: 'Who this is cannot be told now; try again later.',
    status: 503,
    retryable: true,
  },
  FORBIDDEN: {
    message: 'It takes the role {role} on {saga}.',
    status: 403,
    retryable: false,
  },
  RATE_LIMITED: {
    message: 'There are more requests than {limit} in a second; try again in {retryAfterS} s.',
    status: 429,
    retryable: true,
  },
  LOGIN_MISSING: {
    message:
      'REST would be open to everybody on {host}: set AUTH, or HOST to an address of loopback.',
    status: 500,
    retryable: false,
  },
  CURSOR_INVALID: {
    message: 'The cursor was not made by this list.',
    status: 400,
    retryable: false,
  },
  ANSWER_TIMEOUT: {
    message: 'No answer within {limitMs} ms; what was asked for may have taken place.',
    status: 503,
    retryable: true,
  },
  HTTP_UNAVAILABLE: {
    message: 'The HTTP server cannot listen on {host}:{port}: {problem}.',
    status: 500,
    retryable: false,
  },
} as const satisfies Record<string, ErrorEntry>
