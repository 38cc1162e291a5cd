// The command that a child saga is started by, and the one that undoes it. The orchestrator answers
// both, as a participant would.
import { type TSchema, Type } from 'typebox'
import { createCheck } from '../../messaging/check.ts'
import type { CommandContract } from '../../messaging/contract.ts'
import { startsTopic } from '../../messaging/topics.ts'
import type { SagaDefinition } from './saga-definition.ts'

/** Long enough for people to answer in; the child has limits of its own. */
export const childTimeoutMs = 30 * 24 * 60 * 60 * 1_000

/** Its payload is `{ saga, version, input }`, its reply the output of the child. */
export function childCommand(child: SagaDefinition): CommandContract {
  const payload = Type.Object(
    {
      saga: Type.Literal(child.name),
      version: Type.Literal(child.version),
      input: child.input,
    },
    { additionalProperties: false },
  )
  return contract('sagaline.run-saga', payload, contract('sagaline.undo-saga', payload, null))
}

/** What the command carries for a child with that input. */
export function childPayload({ name, version }: SagaDefinition, input: unknown) {
  return { saga: name, version, input }
}

function contract(name: string, payload: TSchema, undo: CommandContract | null): CommandContract {
  const any = Type.Unknown()
  const check = createCheck(any)
  return {
    name,
    topic: startsTopic,
    payload,
    reply: any,
    refusal: any,
    undo,
    checkPayload: createCheck(payload),
    checkReply: check,
    checkRefusal: check,
  }
}
