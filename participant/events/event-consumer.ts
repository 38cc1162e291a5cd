// The part of a service that hears of what others tell: it follows topics of events as a consumer
// group of its own. A service makes one and starts it after its bus and database.
import type { Backoff } from '../../messaging/clock.ts'
import type { EventContract } from '../../messaging/contract.ts'
import type { Tx } from '../../messaging/db.ts'
import { messagingError } from '../../messaging/errors.ts'
import { hasSensitive } from '../../messaging/sensitive.ts'
import { participantError } from '../errors.ts'
import type { ParticipantDeps } from '../participant-options.ts'
import type { EventHandler } from './event-handler.ts'
import { RunningConsumer } from './running-consumer.ts'
import { type WantedEvents, wantedBy } from './sort-events.ts'

export type EventConsumerOptions = {
  /** Its consumer group; each of several in one service has its own. */
  readonly consumer: string
  readonly events: readonly EventHandler[]
  /** Records in one transaction at the most. Default 500. */
  readonly batchRecordsMax?: number
  /** Tries of an event whose handler throws, before it is set aside. Default 3. */
  readonly attempts?: number
  /** The pause between those tries. Default 100 ms, doubling up to 1 s. */
  readonly backoff?: Backoff
  /**
   * For what of a batch goes to one handler; what takes longer is done in halves. Must be less than the
   * database's idle limit. Default 8 s.
   */
  readonly handlerMsMax?: number
  /**
   * How long a repeat is known. Must exceed how long a service may take to tell the same again, and
   * how long topics keep what a consumer that lost its place would read again. Default 30 days.
   */
  readonly inboxRetentionMs?: number
  /**
   * Deletes some rows of a generation whose place was taken, and answers how many; called until it
   * answers 0. For those that keep rows by generation.
   */
  readonly discard?: (tx: Tx, generation: number) => Promise<number>
}

export type ResolvedConsumer = Required<Omit<EventConsumerOptions, 'events'>> & {
  readonly wanted: WantedEvents
  readonly topics: readonly string[]
}

/** How far a consumer is, by its brokers and its own rows. */
export type ConsumerStanding = {
  /** The one that serves. */
  readonly generation: number
  /** By topic: records that it has not taken. */
  readonly lag: Readonly<Record<string, number>>
  /** 0 without lag; else how old the newest record is that it took. */
  readonly behindMs: number
  readonly newestTaken: Date | null
  /** The one that is to take its place. */
  readonly building: {
    readonly generation: number
    readonly lag: Readonly<Record<string, number>>
  } | null
}

export type EventConsumer = {
  /** Its name, as that of a participant. */
  readonly service: string
  /** The topics that it follows. */
  readonly topics: readonly string[]
  /** Resolves when events are taken. @throws PARTICIPANT_RUNNING, ENCRYPTION_KEY_MISSING */
  start(deps: ParticipantDeps): Promise<void>
  /** Takes no more and resolves when nothing of it runs. Bus and database stay open. Idempotent. */
  stop(): Promise<void>
  /** As that of a participant, for a service that publishes in other transactions as well. */
  wakeOutbox(): void
  /** Why events are not being taken at the moment, or null when all is well. */
  problem(): Promise<string | null>
  /** @throws PARTICIPANT_STOPPED before its start. */
  standing(): Promise<ConsumerStanding>
}

const dayMs = 24 * 60 * 60_000

/**
 * Each event has its effect once, in the order of its key on its topic, however often it comes and
 * whenever the process dies: what a handler writes commits with the memory that the event was taken.
 * What no try can handle goes to the dead letters, and the next one is taken.
 * @throws HANDLERS_COLLIDE when two handlers claim one event.
 */
export function createEventConsumer(options: EventConsumerOptions): EventConsumer {
  const resolved = resolve(options)
  const { consumer, topics } = resolved
  const contracts = options.events.flatMap((handler) => handler.contracts)
  let running: RunningConsumer | null = null
  return {
    ...{ service: consumer, topics },
    start: async (deps) => {
      if (running !== null) throw participantError('PARTICIPANT_RUNNING', { service: consumer })
      refuseKeyless(contracts, deps)
      running = new RunningConsumer(resolved, deps)
      await running.start()
    },
    stop: async () => running?.stop(),
    wakeOutbox: () => running?.wakeOutbox(),
    problem: async () => (running === null ? 'it was not started' : running.problem()),
    standing: async () => {
      if (running === null) throw participantError('PARTICIPANT_STOPPED')
      return running.standing()
    },
  }
}

function refuseKeyless(contracts: readonly EventContract[], { cipher }: ParticipantDeps): void {
  const first = contracts.find(({ data }) => hasSensitive(data))
  if (first === undefined || cipher?.hasKeys === true) return
  throw messagingError('ENCRYPTION_KEY_MISSING', { what: `the event ${first.name}` })
}

function resolve(options: EventConsumerOptions): ResolvedConsumer {
  const wanted = wantedBy(options.events)
  return {
    consumer: options.consumer,
    wanted,
    topics: [...new Set([...wanted.values()].map(({ contract }) => contract.topic))],
    batchRecordsMax: options.batchRecordsMax ?? 500,
    attempts: options.attempts ?? 3,
    backoff: options.backoff ?? { initialMs: 100, maxMs: 1_000 },
    handlerMsMax: options.handlerMsMax ?? 8_000,
    inboxRetentionMs: options.inboxRetentionMs ?? 30 * dayMs,
    discard: options.discard ?? (async () => 0),
  }
}
