// Checks what a handler answered: against its contract, and against what fits into a message.
// Called by `run-handlers.ts` for every outcome.

import { keyProblem, messageBytesMax } from '../messaging/envelope.ts'
import type { SagalineError } from '../messaging/errors.ts'
import { jsonProblem } from '../messaging/json-problem.ts'
import { participantError } from './errors.ts'
import type { Outcome } from './outcome.ts'
import type { Received } from './received.ts'

/** What is left of a message for its data, with ample room for key and headers. */
export const outcomeBytesMax = messageBytesMax - 16 * 1024

/** The most bytes that one UTF-16 unit can take in UTF-8. */
const utf8BytesPerUnitMax = 3

/** The error that the answer amounts to, or null when all is well. */
export function outcomeProblem(received: Received, outcome: Outcome): SagalineError | null {
  const { contract } = received.handler
  const { name } = contract
  const misfit = misfitOf(received, outcome)
  if (misfit !== null) return participantError('REPLY_INVALID', { name, problem: misfit })
  const data = outcome.type === 'succeeded' ? outcome.data : outcome.reason
  return (
    dataProblem(name, data) ??
    outcome.events.map((event) => dataProblem(event.contract.name, event.data)).find(Boolean) ??
    null
  )
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

function dataProblem(name: string, data: unknown): SagalineError | null {
  const text = JSON.stringify(data) ?? 'null'
  const problem = jsonProblem(text, data) ?? keyProblem(text)
  if (problem !== null) return participantError('REPLY_INVALID', { name, problem })
  if (text.length * utf8BytesPerUnitMax <= outcomeBytesMax) return null
  const bytes = Buffer.byteLength(text)
  if (bytes <= outcomeBytesMax) return null
  return participantError('OUTCOME_TOO_LARGE', { name, bytes, limit: outcomeBytesMax })
}
