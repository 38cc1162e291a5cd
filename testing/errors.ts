// The error table of what users test with.
import { type ErrorEntry, errorFactory } from '../messaging/errors.ts'

/** What a world for tests may refuse. */
export const testingErrors = {
  WORLD_LIMIT: {
    message: 'The saga {id} is not at rest after {limitMs} ms: it is {status}, with {waits}.',
    status: 500,
    retryable: false,
  },
  WORLD_WITHOUT_DATABASE: {
    message: 'There is no database in virtual time; give `onQuery`, or real parts, for: {text}',
    status: 500,
    retryable: false,
  },
} as const satisfies Record<string, ErrorEntry>

export const testingError = errorFactory(testingErrors)
