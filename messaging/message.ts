// What travels between services: the message and its ids. Types only, no code that runs;
// the engine may import from here, everything else in this folder is out of its reach.

/** A JSON value: what payloads, replies and contexts are made of. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json }

declare const brand: unique symbol

/** A UUIDv7, so that ids sort by the moment their saga was started. */
export type SagaId = string & { readonly [brand]: 'SagaId' }

/** Derived, never random: `<sagaId>/<step>/<direction>/<visit>`, so that a repeat is recognisable. */
export type MessageId = string & { readonly [brand]: 'MessageId' }

/** `do` asks for an effect, `undo` takes the effect of the same step and visit back. */
export type Direction = 'do' | 'undo'

/** How a participant answered: it did it, it will not (final), or it could not (may be tried again). */
export type ReplyOutcome = 'succeeded' | 'refused' | 'failed'

/** What identifies a command, and so the fence row that it meets at its participant. */
export type CommandKey = {
  readonly sagaId: SagaId
  readonly step: string
  readonly visit: number
  readonly direction: Direction
}

/**
 * One message, as a CloudEvent with Sagaline's extension attributes. `data` is JSON.
 * Which optional attributes are present depends on the kind of message: `docs/protocol.md`.
 */
export type Message = {
  readonly id: MessageId
  /** CloudEvents type, e.g. `payments.take-payment` or `order.created`. */
  readonly type: string
  /** Who wrote it, e.g. `sagaline` or `payments`. */
  readonly source: string
  readonly topic: string
  /** Decides the partition: the saga id, or the business id of an event without a saga. */
  readonly key: string
  readonly data: unknown
  readonly time?: Date
  readonly sagaId?: SagaId
  readonly step?: string
  readonly visit?: number
  readonly direction?: Direction
  /** Counts sendings of the same command from 1; never part of the id. */
  readonly attempt?: number
  /** The id of the message that caused this one: a reply's command. */
  readonly causationId?: MessageId
  /** When the sender stops waiting for this attempt. Information, never a reason to skip the work. */
  readonly deadline?: Date
  /** When the `do` of this step and visit was first issued; an undo carries its do's. */
  readonly issuedAt?: Date
  /** The topic that the reply goes to. */
  readonly replyTo?: string
  readonly outcome?: ReplyOutcome
  /** W3C trace context. */
  readonly traceparent?: string
  /** What is sent instead when this is too large, or its data no JSON that Postgres can keep. */
  readonly lesser?: () => Message
}
