// The error table of the participant kit. A code here is also what a reply carries as its reason
// when the kit itself, not a handler, refused a command or could not carry it out.
import { type ErrorEntry, errorFactory } from '../messaging/errors.ts'

/** The codes of the kit, as they appear in replies, dead letters and the log. */
export const participantErrors = {
  COMMAND_MALFORMED: {
    message: 'The message is not a command: {problem}.',
    status: 400,
    retryable: false,
  },
  COMMAND_UNKNOWN: {
    message: 'The service {service} handles no command {name}.',
    status: 404,
    retryable: false,
  },
  PAYLOAD_INVALID: {
    message: 'The payload of {name} does not fit its contract: {problem}.',
    status: 400,
    retryable: false,
  },
  BODY_MISMATCH: {
    message: 'The command {id} was handled before with another body.',
    status: 409,
    retryable: false,
  },
  UNDONE_BEFORE_DONE: {
    message: 'The command {id} was undone before it arrived, so it is not carried out.',
    status: 409,
    retryable: false,
  },
  FENCE_EXPIRED: {
    message: 'Nothing is known of {id}, and it is older than what the fence remembers.',
    status: 410,
    retryable: false,
  },
  FENCE_BUSY: {
    message: 'Another instance handled the same commands at the same time, {times} times in a row.',
    status: 503,
    retryable: true,
  },
  HANDLER_FAILED: {
    message: 'The handler of {name} failed: {problem}',
    status: 500,
    retryable: true,
  },
  HANDLER_TIMEOUT: {
    message: 'The handler of {name} did not answer within {limitMs} ms.',
    status: 504,
    retryable: true,
  },
  OUTSIDE_UNSETTLED: {
    message: 'What became of {id} outside of the database is not known, and no handler can ask.',
    status: 500,
    retryable: true,
  },
  HANDLERS_COLLIDE: {
    message: '{name} has two handlers.',
    status: 500,
    retryable: false,
  },
  OUTCOMES_MISCOUNTED: {
    message: 'The handler of {name} answered {answered} outcomes for {asked} commands.',
    status: 500,
    retryable: true,
  },
  REPLY_INVALID: {
    message: 'The handler of {name} answered what its contract does not allow: {problem}.',
    status: 500,
    retryable: true,
  },
  EVENT_MALFORMED: {
    message: 'The record is no event: {problem}.',
    status: 400,
    retryable: false,
  },
  EVENT_INVALID: {
    message: 'The event {name} does not fit its contract: {problem}.',
    status: 500,
    retryable: true,
  },
  OUTCOME_TOO_LARGE: {
    message: 'What {name} answered has {bytes} bytes; at most {limit} are allowed.',
    status: 500,
    retryable: true,
  },
  TRANSACTION_OVER: {
    message: 'A handler used its transaction after it had answered or run out of time.',
    status: 500,
    retryable: false,
  },
  WAVE_FAILED: {
    message: '{count} commands kept a transaction from committing.',
    status: 500,
    retryable: true,
  },
  FAULT_INVALID: {
    message: 'The fault of {command} cannot be injected: {problem}.',
    status: 422,
    retryable: false,
  },
  FAULT_THROWN: {
    message: 'A fault was injected into the handler of {name}: {problem}.',
    status: 500,
    retryable: true,
  },
  FAULT_CRASH: {
    message: 'A crash was injected: what was not committed is gone, and will be delivered again.',
    status: 503,
    retryable: true,
  },
  FAULTS_IN_PRODUCTION: {
    message: 'Faults cannot be injected in production: FAULTS_ENABLED with NODE_ENV=production.',
    status: 500,
    retryable: false,
  },
  PARTICIPANT_STOPPED: {
    message: 'It was stopped; what was not finished will be delivered again.',
    status: 503,
    retryable: true,
  },
  PARTICIPANT_RUNNING: {
    message: '{service} was started twice.',
    status: 500,
    retryable: false,
  },
} as const satisfies Record<string, ErrorEntry>

export const participantError = errorFactory(participantErrors)
