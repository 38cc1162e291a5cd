// Every error the orchestrator makes on purpose, by code. docs/errors.md is checked against it.
import { type ErrorEntry, errorFactory } from '../messaging/errors.ts'
import { httpErrors } from './http/errors.ts'

export const orchestratorErrors = {
  ...httpErrors,
  DEFINITION_INVALID: {
    message: 'The definition {name} is refused: {problem}.',
    status: 500,
    retryable: false,
  },
  DEFINITION_DUPLICATE: {
    message: 'The definition {name} version {version} is there twice with different content.',
    status: 500,
    retryable: false,
  },
  CERTIFY_UNREADY: {
    message: 'No payload for {name} is known: {problem}. Name one with --examples.',
    status: 422,
    retryable: false,
  },
  STORE_UNMIGRATED: {
    message: 'The database lacks {missing}; run the migrate step first.',
    status: 500,
    retryable: false,
  },
  DEFINITION_MISSING: {
    message: 'Living sagas need {missing}, which this process does not have.',
    // Another instance may have it, or will.
    status: 503,
    retryable: true,
  },
  DEFINITION_NOT_READY: {
    message: 'No version of the saga {name} is on every live instance; try again later.',
    status: 503,
    retryable: true,
  },
  DEFINITION_UNKNOWN: {
    message: 'There is no version {version} of the saga {name} here.',
    status: 404,
    retryable: false,
  },
  MIGRATION_NEEDS_MAP: {
    message: 'The saga {id} needs a map to go on with version {to}: {problem}.',
    status: 409,
    retryable: false,
  },
  MIGRATION_IMPOSSIBLE: {
    message: 'The saga {id} cannot go on with version {to}: {problem}.',
    status: 409,
    retryable: false,
  },
  SAGA_NAME_UNKNOWN: {
    message: 'There is no saga named {name}.',
    status: 404,
    retryable: false,
  },
  SAGA_NOT_FOUND: {
    message: 'There is no saga with the id {id}.',
    status: 404,
    retryable: false,
  },
  SAGA_INPUT_INVALID: {
    message: 'The input does not fit the saga {name}: {problem}.',
    status: 422,
    retryable: false,
  },
  SAGA_INPUT_TOO_LARGE: {
    message: 'The input of the saga {name} has {bytes} bytes; at most {limit} are allowed.',
    status: 413,
    retryable: false,
  },
  EVENT_TOO_LARGE: {
    message: 'What comes with it has {bytes} bytes; at most {limit} are allowed.',
    status: 413,
    retryable: false,
  },
  SAGA_TOO_LARGE: {
    message: 'The saga {id} would take {length} characters; at most {limit} are kept.',
    status: 413,
    retryable: false,
  },
  SAGA_KEY_REUSED: {
    message: 'The idempotency key was used with another body, for the saga {id}.',
    status: 409,
    retryable: false,
  },
  SAGA_NOT_STUCK: {
    message: 'The saga {id} is {status}; {verb} is only for a stuck saga.',
    status: 409,
    retryable: false,
  },
  SAGA_PAUSED: {
    message: 'The saga {id} is paused; resume it before {verb}.',
    status: 409,
    retryable: false,
  },
  SAGA_ENDED: {
    message: 'The saga {id} is {status}; nothing moves it any more.',
    status: 409,
    retryable: false,
  },
  SAGA_PAST_PIVOT: {
    message: 'The saga {id} is past its point of no return; it can only go on.',
    status: 409,
    retryable: false,
  },
  STEP_NOT_PARKED: {
    message: 'The step {step} of the saga {id} does not wait for a person.',
    status: 409,
    retryable: false,
  },
  STEP_NOT_SKIPPABLE: {
    message: 'The step {step} can be undone: retry it, or cancel its saga.',
    status: 409,
    retryable: false,
  },
  STEP_NOT_AWAITED: {
    message: 'The saga does not wait for an answer of the step {step}.',
    status: 409,
    retryable: false,
  },
  SKIP_OUTPUT_INVALID: {
    message: 'The output does not fit the reply of the step {step}: {problem}.',
    status: 422,
    retryable: false,
  },
  SIGNAL_UNKNOWN: {
    message: 'The saga {saga} knows no signal {name}.',
    status: 404,
    retryable: false,
  },
  SIGNAL_INVALID: {
    message: 'The signal {name} cannot be used: {problem}.',
    status: 422,
    retryable: false,
  },
  SIGNAL_TOO_LATE: {
    message: 'The signal {name} can no longer matter: {problem}.',
    status: 409,
    retryable: false,
  },
  SIGNAL_AMBIGUOUS: {
    message: 'Several living sagas {saga} have the key {businessKey}: {sagaIds}.',
    status: 409,
    retryable: false,
  },
  SAGA_KEY_UNKNOWN: {
    message: 'There is no saga {saga} with the key {businessKey}.',
    status: 404,
    retryable: false,
  },
  SIGNALS_FULL: {
    message: 'The saga {id} keeps {limit} signals that nothing has waited for yet.',
    status: 429,
    retryable: true,
  },
  REPLY_UNUSABLE: {
    message: 'The reply cannot be used: {problem}.',
    status: 422,
    retryable: false,
  },
  SIGNAL_UNUSABLE: {
    message: 'The record is no signal: {problem}.',
    status: 422,
    retryable: false,
  },
  START_TIME_INVALID: {
    message: 'The start cannot be at {startAt}: {problem}.',
    status: 422,
    retryable: false,
  },
  START_UNUSABLE: {
    message: 'The start request cannot be used: {problem}.',
    status: 422,
    retryable: false,
  },
  SAGA_DEFINITION_FAILED: {
    message: 'The definition of {name} threw: {problem}.',
    status: 500,
    retryable: false,
  },
  KEYS_COMMAND_INVALID: {
    message: 'The command cannot be understood: {problem}. {usage}',
    status: 400,
    retryable: false,
  },
  OVERLOADED: {
    message: 'More is waiting than {limit}; try again later.',
    status: 503,
    retryable: true,
  },
  STOPPING: {
    message: 'This instance is stopping; ask another one.',
    status: 503,
    retryable: true,
  },
  STORE_UNAVAILABLE: {
    message: 'Postgres is out of reach.',
    status: 503,
    retryable: true,
  },
  CLI_USAGE: {
    message: 'The command line cannot be used: {problem}.',
    status: 400,
    retryable: false,
  },
  DATABASE_UNREACHABLE: {
    message: 'The database of {what} is out of reach: {problem}.',
    status: 503,
    retryable: true,
  },
  DATABASE_UNMIGRATED: {
    message: 'The database of {what} lacks {missing}; run its migrate step first.',
    status: 500,
    retryable: false,
  },
  AUDIT_STATE_INVALID: {
    message: 'The state file {file} cannot be used: {problem}.',
    status: 422,
    retryable: false,
  },
  ARCHIVE_INVALID: {
    message: 'The archive {file} cannot be used: {problem}.',
    status: 500,
    retryable: false,
  },
  SUBJECT_UNKNOWN: {
    message: 'Nothing is kept of that person, or it was erased before.',
    status: 404,
    retryable: false,
  },
  ERASURE_WITHOUT_KEYS: {
    message: 'Nobody can be told from anybody without a key: set SAGALINE_ENCRYPTION_KEYS.',
    status: 409,
    retryable: false,
  },
  SUBJECT_IN_USE: {
    message:
      '{count} sagas of that person live or may be taken back, e.g. {id}; let them end, or force it.',
    status: 409,
    retryable: true,
  },
  HISTORY_DROPPED: {
    message: 'The saga {id} is of a day whose history was dropped; nothing is known of it.',
    status: 410,
    retryable: false,
  },
  INTERNAL: {
    message: 'Something went wrong here; the log has it under {requestId}.',
    status: 500,
    retryable: false,
  },
} as const satisfies Record<string, ErrorEntry>

export const orchestratorError = errorFactory(orchestratorErrors)
