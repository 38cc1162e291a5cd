// How every error of Sagaline is made: a code from a closed table, one class, always a cause.
// Each root folder has its own table; docs/errors.md lists them all, checked by a test.

export type ErrorEntry = {
  /** `{name}` is replaced by the detail of that name. */
  readonly message: string
  /** The HTTP status that the edge answers with. */
  readonly status: number
  /** True when the same call may succeed later. */
  readonly retryable: boolean
}

export type ErrorDetails = Readonly<Record<string, unknown>>

/** An error with a stable code. Nothing else is thrown on purpose by Sagaline. */
export class SagalineError extends Error {
  readonly code: string
  readonly status: number
  readonly retryable: boolean
  readonly details: ErrorDetails

  constructor(code: string, entry: ErrorEntry, details: ErrorDetails, cause?: unknown) {
    const message = entry.message.replace(/\{(\w+)\}/g, (_, name) => String(details[name]))
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'SagalineError'
    this.code = code
    this.status = entry.status
    this.retryable = entry.retryable
    this.details = details
  }
}

/** Makes the thrower of one table: `fail('MESSAGE_TOO_LARGE', { bytes })`. */
export function errorFactory<Code extends string>(table: Readonly<Record<Code, ErrorEntry>>) {
  return (code: Code, details: ErrorDetails = {}, cause?: unknown): SagalineError =>
    new SagalineError(code, table[code], details, cause)
}

export const messagingErrors = {
  TRACING_UNREADY: {
    message: 'TRACING is true, and {problem}.',
    status: 500,
    retryable: false,
  },
  MESSAGE_TOO_LARGE: {
    message: 'The message {id} has {bytes} bytes; at most {limit} are allowed.',
    status: 413,
    retryable: false,
  },
  MESSAGE_MALFORMED: {
    message: 'The record is not a message: {problem}.',
    status: 400,
    retryable: false,
  },
  PUBLISH_UNCONFIRMED: {
    message: 'The broker has not confirmed {missing} of {sent} records: {problem}.',
    status: 503,
    retryable: true,
  },
  TOPIC_MISSING: {
    message: 'The topic {topic} does not exist; topics are created by the migrate step only.',
    status: 503,
    retryable: true,
  },
  TOPIC_UNAVAILABLE: {
    message: 'The topic {topic} has been missing for {seconds} s; its messages wait no longer.',
    status: 503,
    retryable: false,
  },
  PUBLISHER_FULL: {
    message: '{backlog} messages wait to be published; the limit is {limit}.',
    status: 503,
    retryable: true,
  },
  PUBLISHER_STOPPED: {
    message: 'The publisher was stopped with {missing} messages unconfirmed.',
    status: 503,
    retryable: true,
  },
  BROKER_UNREACHABLE: {
    message: 'Kafka at {brokers} does not answer: {problem}.',
    status: 503,
    retryable: true,
  },
  KAFKA_FORBIDDEN: {
    message:
      'Kafka does not allow {what}: {problem}. `sagaline acls` lists the rights that each program needs.',
    status: 503,
    retryable: true,
  },
  BUS_STOPPED: {
    message: 'The bus is not running.',
    status: 503,
    retryable: true,
  },
  MIGRATION_FAILED: {
    message: 'The migrations of {set} could not be applied: {problem}.',
    status: 500,
    retryable: false,
  },
  COMMIT_ROLLED_BACK: {
    message: 'Postgres answered COMMIT with {tag}: the transaction was rolled back.',
    status: 503,
    retryable: true,
  },
  COMMIT_UNKNOWN: {
    message: 'The connection was lost at COMMIT; whether it took place is unknown.',
    status: 503,
    retryable: true,
  },
  LETTER_NOT_FOUND: {
    message: 'There is no dead letter {id}.',
    status: 404,
    retryable: false,
  },
  LETTER_SETTLED: {
    message: 'The dead letter {id} is {state}: it can no longer be {verb}.',
    status: 409,
    retryable: false,
  },
  LETTER_EDIT_INVALID: {
    message: 'The dead letter {id} cannot be changed so: {problem}.',
    status: 422,
    retryable: false,
  },
  ENCRYPTION_KEY_MISSING: {
    message: 'There is no encryption key, and {what} has sensitive fields.',
    status: 500,
    retryable: false,
  },
  ENCRYPTION_KEY_UNKNOWN: {
    message: 'It is encrypted with the key {id}, which is not here.',
    status: 500,
    retryable: false,
  },
  SUBJECT_ERASED: {
    message: 'Its data was erased: the key of the person that it was about is destroyed.',
    status: 410,
    retryable: false,
  },
  ENCRYPTED_TEXT_INVALID: {
    message: 'The encrypted text cannot be read: {problem}.',
    status: 500,
    retryable: false,
  },
  CONTRACT_INVALID: {
    message: 'The contract {name} is refused: {problem}.',
    status: 500,
    retryable: false,
  },
  CONFIG_INVALID: {
    message: 'The configuration has {count} problem(s):\n{problems}',
    status: 500,
    retryable: false,
  },
} as const satisfies Record<string, ErrorEntry>

export const messagingError = errorFactory(messagingErrors)

/** Broken invariants are bugs of ours: asserted in production too, never used for user input. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`Broken invariant: ${message}`)
}
