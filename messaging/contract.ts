// Contracts of what services send each other: commands with their replies, and domain events.
// Shared by the saga that sends and the participant that answers, so both ends type-check.
import type { Static, TSchema } from 'typebox'
import { Type } from 'typebox'
import { type Check, createCheck } from './check.ts'

/**
 * A command that a participant carries out, and how it may answer. The parameters are what the
 * schemas describe: working them out of generic schemas would cost the compiler seconds.
 */
export type CommandContract<Payload = never, Reply = unknown, Refusal = unknown> = {
  readonly name: string
  readonly topic: string
  readonly payload: TSchema
  readonly reply: TSchema
  readonly refusal: TSchema
  /** The command that takes this one's effect back. It gets the payload of this one. */
  readonly undo: CommandContract | null
  readonly checkPayload: Check
  readonly checkReply: Check
  readonly checkRefusal: Check
  /** Never there at run time; carries the types. What takes more can stand in for less. */
  readonly types?: {
    readonly payload: (payload: Payload) => void
    readonly reply: Reply
    readonly refusal: Refusal
  }
}

type TypesOf<C extends CommandContract> = NonNullable<C['types']>

export type PayloadOf<C extends CommandContract> = Parameters<TypesOf<C>['payload']>[0]
export type ReplyOf<C extends CommandContract> = TypesOf<C>['reply']
export type RefusalOf<C extends CommandContract> = TypesOf<C>['refusal']

export type CommandOptions<P extends TSchema, R extends TSchema, F extends TSchema, Payload> = {
  /** `<service>.<verb-noun>`, e.g. `payments.take-payment`; the CloudEvents type on the wire. */
  readonly name: string
  readonly topic: string
  readonly payload: P
  /** What `succeeded(data)` carries; nothing when left out. */
  readonly reply?: R
  /** What `refused(reason)` carries; any text when left out. */
  readonly refusal?: F
  readonly undo?: CommandContract<NoInfer<Payload>>
}

const noReply = Type.Null()
const anyText = Type.String()

/** Declares a command. Schemas are JSON Schema by TypeBox and are checked at both ends. */
export function defineCommand<
  P extends TSchema,
  R extends TSchema = typeof noReply,
  F extends TSchema = typeof anyText,
  Payload = Static<P>,
>(options: CommandOptions<P, R, F, Payload>): CommandContract<Payload, Static<R>, Static<F>> {
  const reply = options.reply ?? noReply
  const refusal = options.refusal ?? anyText
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

/** A fact that a service tells whoever listens. `Data` is what the schema describes. */
export type EventContract<Data = unknown> = {
  readonly name: string
  readonly topic: string
  readonly data: TSchema
  readonly check: Check
  /** Never there at run time; carries the type. */
  readonly types?: { readonly data: Data }
}

/** Declares an event. Its data is checked when it is made. */
export function defineEvent<D extends TSchema>(options: {
  /** `<noun>.<verb in past tense>`, e.g. `order.created`. */
  readonly name: string
  readonly topic: string
  readonly data: D
}): EventContract<Static<D>> {
  return { ...options, check: createCheck(options.data) }
}
