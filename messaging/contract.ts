// Contracts of what services send each other: commands with their replies, and domain events.
// Shared by the saga that sends and the participant that answers, so both ends type-check.
import type { Static, TSchema } from 'typebox'
import { Type } from 'typebox'
import { type Check, createCheck } from './check.ts'

/** A command that a participant carries out, and how it may answer. */
export type CommandContract<
  Payload extends TSchema = TSchema,
  Reply extends TSchema = TSchema,
  Refusal extends TSchema = TSchema,
> = {
  readonly name: string
  readonly topic: string
  readonly payload: Payload
  readonly reply: Reply
  readonly refusal: Refusal
  /** The command that takes this one's effect back. It gets the payload of this one. */
  readonly undo: CommandContract | null
  readonly checkPayload: Check
  readonly checkReply: Check
  readonly checkRefusal: Check
}

export type PayloadOf<C extends CommandContract> = Static<C['payload']>
export type ReplyOf<C extends CommandContract> = Static<C['reply']>
export type RefusalOf<C extends CommandContract> = Static<C['refusal']>

export type CommandOptions<P extends TSchema, R extends TSchema, F extends TSchema> = {
  /** `<service>.<verb-noun>`, e.g. `payments.take-payment`; the CloudEvents type on the wire. */
  readonly name: string
  readonly topic: string
  readonly payload: P
  /** What `succeeded(data)` carries; nothing when left out. */
  readonly reply?: R
  /** What `refused(reason)` carries; any text when left out. */
  readonly refusal?: F
  readonly undo?: CommandContract<P, TSchema, TSchema>
}

const noReply = Type.Null()
const anyText = Type.String()

/** Declares a command. Schemas are JSON Schema by TypeBox and are checked at both ends. */
export function defineCommand<
  P extends TSchema,
  R extends TSchema = typeof noReply,
  F extends TSchema = typeof anyText,
>(options: CommandOptions<P, R, F>): CommandContract<P, R, F> {
  const reply = (options.reply ?? noReply) as R
  const refusal = (options.refusal ?? anyText) as F
  return {
    name: options.name,
    topic: options.topic,
    payload: options.payload,
    reply,
    refusal,
    undo: options.undo ?? null,
    checkPayload: createCheck(options.payload),
    checkReply: createCheck(reply),
    checkRefusal: createCheck(refusal),
  }
}

/** A fact that a service tells whoever listens. */
export type EventContract<Data extends TSchema = TSchema> = {
  readonly name: string
  readonly topic: string
  readonly data: Data
  readonly check: Check
}

export function defineEvent<D extends TSchema>(options: {
  /** `<noun>.<verb in past tense>`, e.g. `order.created`. */
  readonly name: string
  readonly topic: string
  readonly data: D
}): EventContract<D> {
  return { ...options, check: createCheck(options.data) }
}
