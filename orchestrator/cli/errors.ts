// The error table of the command line: what it cannot reach, what refuses it, and what it cannot
// find. Each message says how to mend it.
import { type ErrorEntry, errorFactory } from '../../messaging/errors.ts'

export const cliErrors = {
  REST_UNREACHABLE: {
    message: '{url} does not answer: {problem}.',
    status: 503,
    retryable: true,
  },
  DEFINITIONS_MISSING: {
    message: 'No module that is called like sagas is in {folder}.',
    status: 404,
    retryable: false,
  },
  LOGS_NOT_KEPT: {
    message: '{url} keeps no log lines: see docs/logs.md.',
    status: 404,
    retryable: false,
  },
  LOCAL_PARTS_FAILED: {
    message: '{problem}',
    status: 503,
    retryable: true,
  },
  DEV_ENDED: {
    message: 'The orchestrator ended ({how}) before it was ready; what it said is above.',
    status: 500,
    retryable: true,
  },
  TIME_IS_OVER: {
    message: '{what} after {seconds} s; look with: {look}',
    status: 504,
    retryable: true,
  },
} as const satisfies Record<string, ErrorEntry>

export const cliError = errorFactory(cliErrors)
