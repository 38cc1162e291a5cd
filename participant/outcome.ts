// What a handler answers: it succeeded or it refused, with the domain events that go with it.
// Anything thrown instead means "try again".
import type { EventContract } from '../messaging/contract.ts'
import { participantError } from './errors.ts'

/** A fact to be published on its contract's topic. Made by `event`. */
export type DomainEvent = {
  readonly contract: EventContract
  /** Decides the partition; the saga id when null. */
  readonly key: string | null
  readonly data: unknown
}

export type Succeeded<Data = unknown> = {
  readonly type: 'succeeded'
  readonly data: Data
  readonly events: readonly DomainEvent[]
}

export type Refused<Reason = unknown> = {
  readonly type: 'refused'
  readonly reason: Reason
  readonly events: readonly DomainEvent[]
}

export type Outcome<Data = unknown, Reason = unknown> = Succeeded<Data> | Refused<Reason>

export type OutcomeOptions = { readonly events?: readonly DomainEvent[] }

/**
 * The command took effect; `data` is the reply and must fit the contract (null when the contract
 * declares none). Events are stored with the effect and published after it, at least once.
 */
export function succeeded(): Succeeded<null>
export function succeeded<const Data>(data: Data, options?: OutcomeOptions): Succeeded<Data>
export function succeeded(data: unknown = null, options: OutcomeOptions = {}): Succeeded {
  return { type: 'succeeded', data, events: options.events ?? [] }
}

/**
 * The service will not do it, for a reason that fits the contract. Final: the saga compensates.
 * What the handler wrote is committed with the refusal, except for an undo, which must not be
 * refused: its writes are rolled back, the effect stays, and the saga waits for a person.
 */
export function refused<const Reason>(
  reason: Reason,
  options: OutcomeOptions = {},
): Refused<Reason> {
  return { type: 'refused', reason, events: options.events ?? [] }
}

/** @throws EVENT_INVALID when the data does not fit the contract. */
export function event<Data>(
  contract: EventContract<Data>,
  options: { readonly data: NoInfer<Data>; readonly key?: string },
): DomainEvent {
  const problem = contract.check(options.data)
  if (problem !== null) throw participantError('EVENT_INVALID', { name: contract.name, problem })
  return { contract, key: options.key ?? null, data: options.data }
}
