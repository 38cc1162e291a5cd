// What a participant is made from and started with, and its defaults. Used by `participant.ts`.
import type { Bus } from '../messaging/bus.ts'
import type { Cipher } from '../messaging/cipher.ts'
import type { Backoff, Clock } from '../messaging/clock.ts'
import type { Db } from '../messaging/db.ts'
import type { Log } from '../messaging/log.ts'
import type { Metrics } from '../messaging/metrics.ts'
import type { Tracing } from '../messaging/tracing.ts'
import { participantError } from './errors.ts'
import type { Faults } from './faults.ts'
import type { Handler } from './handler.ts'
import type { Handlers } from './intake.ts'
import { noPoints, type OnPoint } from './points.ts'

export type ParticipantOptions = {
  /** The service's name: the source of what it publishes, and its consumer group. */
  readonly service: string
  readonly commands: readonly Handler[]
  /** Commands in one transaction at the most. Default 500. */
  readonly batchRecordsMax?: number
  /** Tries of a command whose handler throws, before it is answered `failed`. Default 3. */
  readonly attempts?: number
  /** The pause between those tries. Default 100 ms, doubling up to 1 s. */
  readonly backoff?: Backoff
  /** Commands that wait for another try at once; more are answered `failed`. Default 1,000. */
  readonly retriesMax?: number
  /** For one call of a handler; must be less than the database's idle limit. Default 8 s. */
  readonly handlerMsMax?: number
  /**
   * How long the fence remembers. Must exceed the retention of the command topics and the longest
   * saga; a command that is older and unknown is answered `failed`. Default 30 days.
   */
  readonly fenceRetentionMs?: number
  /** Crash points for tests. */
  readonly onPoint?: OnPoint
  /** What it does wrong on purpose, made by `createFaults` of the same commands. Never in production. */
  readonly faults?: Faults | null
}

export type ParticipantDeps = {
  readonly db: Db
  readonly bus: Bus
  readonly log: Log
  readonly clock: Clock
  /** Needed for commands with sensitive fields. */
  readonly cipher?: Cipher
  /** What it counts into, made by `createMetrics`; nothing when left out. */
  readonly metrics?: Metrics
  /** Made by `openTelemetryTracing`; nothing is traced without. */
  readonly tracing?: Tracing
}

export type ResolvedOptions = Required<Omit<ParticipantOptions, 'commands'>> & {
  readonly handlers: Handlers
  readonly topics: readonly string[]
}

const dayMs = 24 * 60 * 60_000

/** @throws HANDLERS_COLLIDE */
export function resolveOptions(options: ParticipantOptions): ResolvedOptions {
  return {
    service: options.service,
    handlers: byName(options.commands),
    topics: [...new Set(options.commands.map((handler) => handler.contract.topic))],
    batchRecordsMax: options.batchRecordsMax ?? 500,
    attempts: options.attempts ?? 3,
    backoff: options.backoff ?? { initialMs: 100, maxMs: 1_000 },
    retriesMax: options.retriesMax ?? 1_000,
    handlerMsMax: options.handlerMsMax ?? 8_000,
    fenceRetentionMs: options.fenceRetentionMs ?? 30 * dayMs,
    onPoint: options.onPoint ?? noPoints,
    faults: options.faults ?? null,
  }
}

function byName(commands: readonly Handler[]): Handlers {
  const handlers = new Map<string, Handler>()
  for (const handler of commands) {
    const { name } = handler.contract
    if (handlers.has(name)) throw participantError('HANDLERS_COLLIDE', { name })
    handlers.set(name, handler)
  }
  return handlers
}
