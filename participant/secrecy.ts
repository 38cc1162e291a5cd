// What the kit does for sensitive fields: it encrypts answers and events before they are stored or
// sent, and keeps texts that may quote a payload out of the log. Commands without such fields are
// left as they are.
import { type Cipher, noKeys } from '../messaging/cipher.ts'
import { type CommandContract, isSensitiveCommand } from '../messaging/contract.ts'
import { encryptFields, encryptValue, masked } from '../messaging/encrypted-fields.ts'
import { messagingError, SagalineError } from '../messaging/errors.ts'
import type { ReplyOutcome } from '../messaging/message.ts'
import { participantErrors } from './errors.ts'

/** @throws ENCRYPTION_KEY_MISSING when a command has sensitive fields and there is no key. */
export function refuseKeyless(
  contracts: readonly CommandContract[],
  cipher: Cipher = noKeys,
): void {
  const first = contracts.find(isSensitiveCommand)
  if (first === undefined || cipher.hasKeys) return
  throw messagingError('ENCRYPTION_KEY_MISSING', { what: `the command ${first.name}` })
}

type Answering = {
  readonly outcome: ReplyOutcome
  readonly data: unknown
  readonly boundTo: string
}

/**
 * The data of an answer as it is stored and sent. A technical error is encrypted whole: its text
 * may come from anywhere, and quote anything.
 */
export function encryptAnswer(
  cipher: Cipher,
  contract: CommandContract,
  { outcome, data, boundTo }: Answering,
): unknown {
  if (!isSensitiveCommand(contract)) return data
  switch (outcome) {
    case 'succeeded':
      return encryptFields(cipher, contract.reply, { data, boundTo })
    case 'refused':
      return encryptFields(cipher, contract.refusal, { data, boundTo })
    case 'failed':
      return encryptValue(cipher, data, boundTo)
  }
}

/** An error fit for the log: of somebody else's, only its kind, its place and its SQLSTATE. */
export function loggable(contract: CommandContract, error: unknown): unknown {
  if (!isSensitiveCommand(contract)) return error
  if (error instanceof SagalineError && error.code in participantErrors) return withoutCause(error)
  if (!(error instanceof Error)) return masked
  const places = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  const { code } = error as { readonly code?: unknown }
  const sqlState = typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined
  return { type: error.name, message: masked, sqlState, places }
}

/** Messages of the kit quote no values; of what a handler threw there is only the log's own line. */
function withoutCause(error: SagalineError): unknown {
  return { type: error.name, code: error.code, message: error.message }
}
