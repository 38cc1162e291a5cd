// The command that a child saga is started by, and the one that undoes it. The orchestrator answers
// both, as a participant would.
import { Type } from 'typebox'
import { type CommandContract, defineCommand } from '../../messaging/contract.ts'
import { sensitive } from '../../messaging/sensitive.ts'
import { startsTopic } from '../../messaging/topics.ts'
import type { SagaDefinition } from './saga-definition.ts'
import { isSensitiveDefinition } from './sensitive-definition.ts'

/** Long enough for people to answer in; the child has limits of its own. */
export const childTimeoutMs = 30 * 24 * 60 * 60 * 1_000

/** The names of the two on the wire. */
export const childCommandNames = { do: 'sagaline.run-saga', undo: 'sagaline.undo-saga' } as const

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
  // What a child answers is made of what it was told, so it is as sensitive.
  const answer = isSensitiveDefinition(child) ? sensitive(Type.Unknown()) : Type.Unknown()
  const shape = { topic: startsTopic, payload, reply: answer, refusal: answer }
  const undo = defineCommand({ ...shape, name: childCommandNames.undo })
  return defineCommand({ ...shape, name: childCommandNames.do, undo: undo as CommandContract })
}

/** What the command carries for a child with that input. */
export function childPayload({ name, version }: SagaDefinition, input: unknown) {
  return { saga: name, version, input }
}
