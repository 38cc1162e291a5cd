// The error table of commands that speak REST: what they cannot reach, and what refuses them.
import { type ErrorEntry, errorFactory } from '../../messaging/errors.ts'

export const cliErrors = {
  REST_UNREACHABLE: {
    message: '{url} does not answer: {problem}.',
    status: 503,
    retryable: true,
  },
  REST_REFUSED: {
    message: '{url} refuses it ({status} {code}): {detail}',
    status: 422,
    retryable: false,
  },
} as const satisfies Record<string, ErrorEntry>

export const cliError = errorFactory(cliErrors)
