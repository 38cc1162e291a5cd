// Signals: what a saga may be told from outside while it waits.
import { type Static, type TSchema, Type } from 'typebox'
import { createCheck } from '../../messaging/check.ts'
import type { SignalDefinition } from './saga-definition.ts'

/**
 * Declares a signal. Its data is checked before it reaches a saga; one that comes before the saga
 * waits for it is kept until then.
 */
export function defineSignal<D extends TSchema, const N extends string>(options: {
  /** Letters, digits, `.` and `-`, 64 characters at most, e.g. `order.paid`. */
  readonly name: N
  readonly data: D
  /** True when it is a person's word, and so must come with who sends it. Default false. */
  readonly needsActor?: boolean
}): SignalDefinition<Static<D>, N> {
  const { name, data, needsActor = false } = options
  return { name, data, check: createCheck(data), needsActor }
}

const Answer = Type.Object(
  { approved: Type.Boolean(), comment: Type.Optional(Type.String()) },
  { additionalProperties: false },
)

export type ApprovalAnswer = Static<typeof Answer>

/** The signal that an approval of that name waits for. */
export function approvalSignal(name: string): SignalDefinition<ApprovalAnswer> {
  return defineSignal({ name, data: Answer, needsActor: true })
}
