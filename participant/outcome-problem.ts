// Checks what a handler answered: against its contract, and against what fits into a message.
// Called by `run-handlers.ts` for every outcome.

import type { Cipher } from '../messaging/cipher.ts'
import { mayBeEncrypted, paddedFields } from '../messaging/encrypted-fields.ts'
import { keyProblem, messageBytesMax } from '../messaging/envelope.ts'
import { messagingError, type SagalineError } from '../messaging/errors.ts'
import { jsonProblem } from '../messaging/json-problem.ts'
import { hasSensitive } from '../messaging/sensitive.ts'
import { participantError } from './errors.ts'
import type { DomainEvent, Outcome } from './outcome.ts'
import type { Received } from './received.ts'

/** What is left of a message for its data, with ample room for key and headers. */
export const outcomeBytesMax = messageBytesMax - 16 * 1024

/** The most bytes that one UTF-16 unit can take in UTF-8. */
const utf8BytesPerUnitMax = 3

/** The error that the answer amounts to, or null when all is well. */
export function outcomeProblem(
  received: Received,
  outcome: Outcome,
  cipher: Cipher,
): SagalineError | null {
  const { contract } = received.handler
  const { name } = contract
  const misfit = misfitOf(received, outcome)
  if (misfit !== null) return participantError('REPLY_INVALID', { name, problem: misfit })
  const { data, schema } = answered(contract, outcome)
  return (
    dataProblem(name, schema, data) ??
    outcome.events.map((event) => eventProblem(event, cipher)).find(Boolean) ??
    null
  )
}

function answered({ reply, refusal }: Received['handler']['contract'], outcome: Outcome) {
  return outcome.type === 'succeeded'
    ? { data: outcome.data, schema: reply }
    : { data: outcome.reason, schema: refusal }
}

/** Which events there will be is known only now, so a missing key shows only now as well. */
function eventProblem({ contract, data }: DomainEvent, cipher: Cipher): SagalineError | null {
  const { name } = contract
  if (hasSensitive(contract.data) && !cipher.hasKeys) {
    return messagingError('ENCRYPTION_KEY_MISSING', { what: `the event ${name}` })
  }
  return dataProblem(name, contract.data, data)
}

function misfitOf({ handler }: Received, outcome: Outcome | undefined): string | null {
  switch (outcome?.type) {
    case 'succeeded':
      return handler.contract.checkReply(outcome.data)
    case 'refused':
      return handler.contract.checkRefusal(outcome.reason)
    default:
      return 'it is neither succeeded() nor refused()'
  }
}

type Schema = Parameters<typeof hasSensitive>[0]

function dataProblem(name: string, schema: Schema, data: unknown): SagalineError | null {
  const plain = JSON.stringify(data) ?? 'null'
  const problem = jsonProblem(plain, data) ?? keyProblem(plain) ?? reservedProblem(plain)
  if (problem !== null) return participantError('REPLY_INVALID', { name, problem })
  return sizeProblem(
    name,
    hasSensitive(schema) ? JSON.stringify(paddedFields(schema, data)) : plain,
  )
}

/** It would be taken for an encrypted field, and could not be read. */
function reservedProblem(text: string): string | null {
  return mayBeEncrypted(text) ? 'it holds the reserved key $encrypted' : null
}

function sizeProblem(name: string, text: string): SagalineError | null {
  if (text.length * utf8BytesPerUnitMax <= outcomeBytesMax) return null
  const bytes = Buffer.byteLength(text)
  if (bytes <= outcomeBytesMax) return null
  return participantError('OUTCOME_TOO_LARGE', { name, bytes, limit: outcomeBytesMax })
}
