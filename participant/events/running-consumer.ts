// A consumer of events that was started: a subscription for each generation that is wanted, the relay
// of what its handlers publish, and the upkeep. States: starting, following, stopping, stopped.
import type { Subscription } from '../../messaging/bus.ts'
import { noKeys } from '../../messaging/cipher.ts'
import { type Backoff, backoffMs } from '../../messaging/clock.ts'
import { invariant } from '../../messaging/errors.ts'
import { joinGroup } from '../../messaging/join-group.ts'
import { noMetrics } from '../../messaging/metrics.ts'
import { OutboxRelay } from '../../messaging/outbox-relay.ts'
import { watchLetters, watchPool } from '../../messaging/part-metrics.ts'
import { createPublishMeter } from '../../messaging/publish-meter.ts'
import { createPublisher, type Publisher } from '../../messaging/publisher.ts'
import type { ParticipantDeps } from '../participant-options.ts'
import type { ConsumerStanding, ResolvedConsumer } from './event-consumer.ts'
import { createEventMetrics, type EventMetrics, watchStanding } from './event-metrics.ts'
import {
  ensureConsumer,
  type Generation,
  generationsOf,
  holdRetired,
  removeGeneration,
} from './generations.ts'
import { forgetGeneration, forgetOld } from './inbox.ts'
import { newestTaken } from './positions.ts'
import { type Taking, takeEvents } from './take-events.ts'
import { takeOver } from './take-over.ts'

/** How often it looks whether generations came, are done or went. */
const lookMs = 500
/** After the one that serves was held in vain, before it is again. */
const holdPauses: Backoff = { initialMs: 5_000, maxMs: 5 * 60_000 }
/** How often it forgets what is too old to come again. */
const cleanMs = 10 * 60_000
const rowsPerStatementMax = 1_000
/** Statements in one go; the rest is left to the next. */
const statementsMax = 100

type Following = {
  readonly end: AbortController
  readonly joined: Promise<Subscription | null>
  subscription: Subscription | null
}

export class RunningConsumer {
  readonly #options: ResolvedConsumer
  readonly #deps: ParticipantDeps
  readonly #meters: EventMetrics
  readonly #publisher: Publisher
  readonly #relay: OutboxRelay
  readonly #stopping = new AbortController()
  readonly #following = new Map<number, Following>()
  #cleanedAt: number
  #mayHoldAt = 0
  /** In a row. */
  #heldInVain = 0
  #serving: number | null = null
  #upkeep: Promise<void> | null = null
  #stopped: Promise<void> | null = null

  constructor(options: ResolvedConsumer, deps: ParticipantDeps) {
    const { db, bus, log, clock, metrics = noMetrics } = deps
    this.#options = options
    this.#deps = deps
    this.#meters = createEventMetrics(metrics)
    watchPool(metrics, options.consumer, db)
    watchLetters(metrics, db)
    watchStanding(metrics, async () => (await this.standing()).lag)
    const meter = createPublishMeter(metrics, 'events')
    this.#publisher = createPublisher({ bus, log, clock, meter })
    this.#relay = new OutboxRelay({ db, publisher: this.#publisher, log, clock })
    this.#cleanedAt = clock.monotonicMs()
  }

  /** Resolves when it has joined the group of the generation that serves. */
  async start(): Promise<void> {
    const { db, log } = this.#deps
    const { consumer, topics } = this.#options
    await ensureConsumer(db, consumer)
    await this.#relay.start()
    await this.#follow()
    const { generation } = (await this.#current()).serving
    await this.#following.get(generation)?.joined
    this.#upkeep = this.#keepUp()
    log.info('consumer.started', { consumer, generation, topics })
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async #stop(): Promise<void> {
    this.#stopping.abort()
    await this.#upkeep
    await Promise.all([...this.#following.keys()].map((generation) => this.#leave(generation)))
    await this.#relay.stop()
    await this.#publisher.stop()
    this.#deps.log.info('consumer.stopped', { consumer: this.#options.consumer })
  }

  wakeOutbox(): void {
    this.#relay.wake()
  }

  async problem(): Promise<string | null> {
    if (this.#stopping.signal.aborted || this.#upkeep === null) return 'it is not running'
    const { bus, db } = this.#deps
    // A generation that is being built up is for nobody yet.
    const serving = this.#following.get(this.#serving ?? 0)?.subscription ?? null
    const own = serving === null ? 'joining the group' : serving.problem()
    return own ?? (await bus.problem()) ?? (await db.problem())
  }

  async standing(): Promise<ConsumerStanding> {
    const { bus, db, clock } = this.#deps
    const { consumer, topics } = this.#options
    const { serving, building } = await this.#current()
    const { generation, group } = serving
    const lag = await bus.lag(group, topics)
    const newest = await newestTaken(db, { consumer, generation })
    const isBehind = Object.values(lag).some((records) => records > 0)
    const behindMs = isBehind && newest ? Math.max(0, clock.now().getTime() - newest.getTime()) : 0
    return {
      ...{ generation, lag, behindMs, newestTaken: newest },
      building: building && {
        generation: building.generation,
        lag: await bus.lag(building.group, topics),
      },
    }
  }

  async #current(): Promise<{
    readonly serving: Generation
    readonly building: Generation | null
  }> {
    const { consumer } = this.#options
    const all = await generationsOf(this.#deps.db, consumer)
    const serving = all.find(({ state }) => state === 'serving')
    invariant(serving, `a generation of ${consumer} serves`)
    return { serving, building: all.find(({ state }) => state === 'building') ?? null }
  }

  async #keepUp(): Promise<void> {
    const { clock, log } = this.#deps
    const { signal } = this.#stopping
    while (!signal.aborted) {
      await clock.wait(lookMs, signal)
      if (signal.aborted) return
      try {
        await this.#follow()
        await this.#takeOver()
        await this.#discardRetired()
        await this.#clean()
      } catch (error) {
        log.warn('consumer.upkeep.failed', { consumer: this.#options.consumer, error })
      }
    }
  }

  /** Every process reads every generation that is wanted, as a member of its group. */
  async #follow(): Promise<void> {
    const all = await generationsOf(this.#deps.db, this.#options.consumer)
    const wanted = all.filter(({ state }) => state !== 'retired')
    for (const one of wanted) if (!this.#following.has(one.generation)) this.#join(one)
    this.#serving = all.find(({ state }) => state === 'serving')?.generation ?? null
    const numbers = new Set(wanted.map(({ generation }) => generation))
    for (const generation of this.#following.keys()) {
      if (!numbers.has(generation)) await this.#leave(generation)
    }
  }

  async #discardRetired(): Promise<void> {
    const all = await generationsOf(this.#deps.db, this.#options.consumer)
    for (const { generation, state } of all)
      if (state === 'retired') await this.#discard(generation)
  }

  #join({ generation, group: groupId }: Generation): void {
    const { topics, batchRecordsMax } = this.#options
    const { bus, clock, log } = this.#deps
    const end = new AbortController()
    const taking = this.#taking(generation, end.signal)
    const joined = joinGroup({
      ...{ bus, clock, log, groupId, topics, batchRecordsMax, signal: end.signal },
      handle: async (records) => {
        await takeEvents(taking, records)
        this.#relay.wake()
        return { settled: Promise.resolve() }
      },
    })
    const following: Following = { end, joined, subscription: null }
    void joined.then((subscription) => {
      following.subscription = subscription
    })
    this.#following.set(generation, following)
  }

  async #leave(generation: number): Promise<void> {
    const following = this.#following.get(generation)
    this.#following.delete(generation)
    following?.end.abort()
    await (await following?.joined)?.stop()
  }

  async #takeOver(): Promise<void> {
    const { db, bus, clock, log } = this.#deps
    const { consumer, topics } = this.#options
    if (clock.monotonicMs() < this.#mayHoldAt) return
    const took = await takeOver({ db, clock, consumer, edges: () => bus.edges(topics) })
    this.#heldInVain = took === 'held in vain' ? this.#heldInVain + 1 : 0
    if (took === 'held in vain') {
      const pauseMs = backoffMs(holdPauses, this.#heldInVain, clock.random)
      this.#mayHoldAt = clock.monotonicMs() + pauseMs
      log.warn('consumer.generation.late', { consumer, pauseMs })
    }
    if (took !== 'yes') return
    const { generation } = (await this.#current()).serving
    log.info('consumer.generation.served', { consumer, generation })
  }

  /** Its rows go first, the row that tells of it last: what a crash leaves is found again. */
  async #discard(generation: number): Promise<void> {
    const { db } = this.#deps
    const { consumer, discard } = this.#options
    const reading = { consumer, generation }
    for (let turn = 0; turn < statementsMax && !this.#stopping.signal.aborted; turn += 1) {
      const isMore = await db.transaction(async (tx) => {
        if (!(await holdRetired(tx, reading))) return false
        const own = await discard(tx, generation)
        const rows = await forgetGeneration(tx, reading, rowsPerStatementMax)
        if (own + rows === 0) await removeGeneration(tx, reading)
        return own + rows > 0
      })
      if (!isMore) return
    }
  }

  async #clean(): Promise<void> {
    const { db, clock } = this.#deps
    const { consumer, inboxRetentionMs: ageMs } = this.#options
    if (clock.monotonicMs() - this.#cleanedAt < cleanMs) return
    for (let turn = 0; turn < statementsMax; turn += 1) {
      const rows = await forgetOld(db, { consumer, ageMs, rowsMax: rowsPerStatementMax })
      if (rows < rowsPerStatementMax) break
    }
    this.#cleanedAt = clock.monotonicMs()
  }

  #taking(generation: number, stopping: AbortSignal): Taking {
    const { db, clock, log, cipher = noKeys } = this.#deps
    const { consumer } = this.#options
    const reading = { consumer, generation }
    const own = { reading, stopping, meters: this.#meters, seen: new Set<string>() }
    return { ...this.#options, ...own, db, clock, log, cipher }
  }
}
