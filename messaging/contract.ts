// Contracts of what services send each other: commands with their replies, and domain events.
// Shared by the saga that sends and the participant that answers, so both ends type-check.
import type { Static, TSchema } from 'typebox'
import { Type } from 'typebox'
import { type Check, createCheck } from './check.ts'
import { paddedFields } from './encrypted-fields.ts'
import { messageBytesMax } from './envelope.ts'
import { messagingError } from './errors.ts'
import { hasSensitive, markedOnlyIn } from './sensitive.ts'

/**
 * A command that a participant carries out, and how it may answer. The parameters are what the
 * schemas describe: working them out of generic schemas would cost the compiler seconds.
 */
export type CommandContract<
  Payload = never,
  Reply = unknown,
  Refusal = unknown,
  Undo = unknown,
  Name extends string = string,
> = {
  readonly name: Name
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
    /** The contract of the undo; null without one, unknown where it cannot be told. */
    readonly undo: Undo
  }
}

type TypesOf<C extends CommandContract> = NonNullable<C['types']>

export type PayloadOf<C extends CommandContract> = Parameters<TypesOf<C>['payload']>[0]
export type ReplyOf<C extends CommandContract> = TypesOf<C>['reply']
export type RefusalOf<C extends CommandContract> = TypesOf<C>['refusal']
export type UndoOf<C extends CommandContract> = TypesOf<C>['undo']

export type CommandOptions<
  P extends TSchema,
  R extends TSchema,
  F extends TSchema,
  U,
  N extends string,
> = {
  /** `<service>.<verb-noun>`, e.g. `payments.take-payment`; the CloudEvents type on the wire. */
  readonly name: N
  readonly topic: string
  readonly payload: P
  /** What `succeeded(data)` carries; nothing when left out. */
  readonly reply?: R
  /** What `refused(reason)` carries; any text when left out. */
  readonly refusal?: F
  readonly undo?: U
}

const noReply = Type.Null()
const anyText = Type.String()

/** What is left of a message for its payload, with ample room for key and headers. */
const payloadBytesMax = messageBytesMax - 16 * 1024

/**
 * Declares a command. Schemas are JSON Schema by TypeBox and are checked at both ends.
 * @throws CONTRACT_INVALID when the undo, which gets the same payload, shows what is sensitive.
 */
export function defineCommand<
  P extends TSchema,
  R extends TSchema = typeof noReply,
  F extends TSchema = typeof anyText,
  Payload = Static<P>,
  U extends CommandContract<NoInfer<Payload>> | null = null,
  const N extends string = string,
>(options: CommandOptions<P, R, F, U, N>): CommandContract<Payload, Static<R>, Static<F>, U, N> {
  const reply = options.reply ?? noReply
  const refusal = options.refusal ?? anyText
  refuseOpenUndo(options)
  return {
    name: options.name,
    topic: options.topic,
    payload: options.payload,
    reply,
    refusal,
    undo: options.undo ?? null,
    checkPayload: createPayloadCheck(options.payload),
    checkReply: createCheck(reply),
    checkRefusal: createCheck(refusal),
  }
}

/** The undo gets the same payload, and must not show what this command hides. */
function refuseOpenUndo(options: {
  readonly name: string
  readonly payload: TSchema
  readonly undo?: CommandContract | null
}): void {
  const { name, payload, undo = null } = options
  const path = undo === null ? null : markedOnlyIn(payload, undo.payload)
  if (path === null) return
  const problem = `${path || '/'} is sensitive, but not in its undo ${undo?.name}`
  throw messagingError('CONTRACT_INVALID', { name, problem })
}

/** A payload that fits the schema, but no message, would be sent and lost again and again. */
function createPayloadCheck(schema: TSchema): Check {
  const check = createCheck(schema)
  return (value) => check(value) ?? sizeProblem(schema, value)
}

/** The most bytes that one UTF-16 unit can take in UTF-8. */
const utf8BytesPerUnitMax = 3

function sizeProblem(schema: TSchema, value: unknown): string | null {
  const text = JSON.stringify(paddedFields(schema, value)) ?? 'null'
  if (text.length * utf8BytesPerUnitMax <= payloadBytesMax) return null
  const bytes = Buffer.byteLength(text)
  if (bytes <= payloadBytesMax) return null
  return `/ has ${bytes} bytes on the wire; at most ${payloadBytesMax} are allowed`
}

/** True when anything that the command carries, or is answered with, is sensitive. */
export function isSensitiveCommand({ payload, reply, refusal }: CommandContract): boolean {
  return hasSensitive(payload) || hasSensitive(reply) || hasSensitive(refusal)
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
