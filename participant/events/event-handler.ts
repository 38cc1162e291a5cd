// What a service does when it hears of something: a handler for an event, or for several together,
// in the order in which they were told.
import type { EventContract } from '../../messaging/contract.ts'
import type { Tx } from '../../messaging/db.ts'
import type { SagaId } from '../../messaging/message.ts'

/** An event as a handler sees it. */
export type ReceivedEvent<Data = unknown> = {
  /** Unique for its source; a repeat has the same. */
  readonly id: string
  /** The name of its contract, e.g. `order.created`. */
  readonly type: string
  /** The service that tells it. */
  readonly source: string
  /** Events with the same key on one topic come in the order in which they were written. */
  readonly key: string
  /** When its source made it. */
  readonly time: Date
  /** The saga whose command it came of; null where none did. */
  readonly sagaId: SagaId | null
  readonly data: Data
  /** Which reading of the topics this is, from 1: rows of a read model are kept apart by it. */
  readonly generation: number
}

/** Made by `onEvent` and `onEvents`. */
export type EventHandler = {
  readonly contracts: readonly EventContract[]
  readonly work: (tx: Tx, events: readonly ReceivedEvent[]) => Promise<void>
}

/** What the schema of this contract describes. */
export type EventDataOf<C extends EventContract> = NonNullable<C['types']>['data']

/**
 * Called once for each event. What it writes commits together with the memory that the event was
 * taken, so a repeat does not reach it. A throw means: try again, then set the event aside.
 */
export function onEvent<Data>(
  contract: EventContract<Data>,
  work: (tx: Tx, event: ReceivedEvent<Data>) => Promise<void>,
): EventHandler {
  return {
    contracts: [contract],
    work: async (tx, events) => {
      for (const event of events) await work(tx, event as ReceivedEvent<Data>)
    },
  }
}

/**
 * Called with all events of these contracts that share a transaction, in their order, for work that
 * is cheaper done together. Otherwise as `onEvent`; what throws is found by halves.
 */
export function onEvents<const C extends readonly EventContract[]>(
  contracts: C,
  work: (tx: Tx, events: readonly ReceivedEvent<EventDataOf<C[number]>>[]) => Promise<void>,
): EventHandler {
  return { contracts, work: work as EventHandler['work'] }
}
