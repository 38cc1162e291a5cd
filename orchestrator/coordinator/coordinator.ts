// The part of the orchestrator that lives: four doors bring events (REST, Kafka, timers,
// operators), one loop commits what they decide, one publisher speaks to Kafka. States: made,
// started, stopping, stopped.
import type { Bus, Subscription } from '../../messaging/bus.ts'
import type { Cipher } from '../../messaging/cipher.ts'
import type { Clock } from '../../messaging/clock.ts'
import type { Db } from '../../messaging/db.ts'
import type { Log } from '../../messaging/log.ts'
import type { SagaId } from '../../messaging/message.ts'
import { type Metrics, noMetrics } from '../../messaging/metrics.ts'
import { createPublishMeter } from '../../messaging/publish-meter.ts'
import { createPublisher, type Publisher } from '../../messaging/publisher.ts'
import { repliesTopic, signalsTopic, startsTopic } from '../../messaging/topics.ts'
import type { Tracing } from '../../messaging/tracing.ts'
import type { Registry } from '../definition/registry.ts'
import type { SagaDefinition } from '../definition/saga-definition.ts'
import type { Operated } from '../engine/event.ts'
import { type Outlook, outlookOf } from '../engine/possible-verbs.ts'
import { isEnded } from '../engine/saga.ts'
import { orchestratorError } from '../errors.ts'
import type { OnOrchestratorPoint } from '../points.ts'
import { RecentSagas } from '../store/recent-sagas.ts'
import type { RowCipher } from '../store/row-cipher.ts'
import type { SagaView } from '../store/saga-view.ts'
import { findSagas, viewSaga } from '../store/sagas.ts'
import type { SubjectRing } from '../store/subject-ring.ts'
import { findDueSagas } from '../store/timers.ts'
import { AdvanceSagas } from './advance-sagas.ts'
import { BatchPublisher } from './batch-publisher.ts'
import { DbClock } from './db-clock.ts'
import { drawSagaId } from './draw-saga-id.ts'
import { EndWaiters, restingChannel } from './end-waiters.ts'
import type { RestingSaga } from './fold-sagas.ts'
import { HeldEventsPoller } from './held-events-poller.ts'
import { HeldStartsPoller } from './held-starts-poller.ts'
import { Instances } from './instances.ts'
import { type MigrationPage, type MigrationRequest, migrateSagas } from './migrate-sagas.ts'
import { Recovery } from './recovery.ts'
import { orchestratorGroup, takeReplies } from './reply-intake.ts'
import { createSagaMetrics, type SagaMetrics } from './saga-metrics.ts'
import { takeSignals } from './signal-intake.ts'
import { type SignalRequest, type SignalResult, signalSaga } from './signal-sagas.ts'
import { refuseLargeEvent } from './size-limits.ts'
import { takeStarts } from './start-intake.ts'
import type { StartRequest, StartResult } from './start-saga.ts'
import { StartSagas } from './start-sagas.ts'
import { TimerPoller } from './timer-poller.ts'

export type CoordinatorOptions = {
  readonly db: Db
  readonly bus: Bus
  readonly registry: Registry
  readonly cipher: Cipher
  readonly rows: RowCipher
  readonly subjects: SubjectRing
  readonly clock: Clock
  readonly log: Log
  readonly metrics?: Metrics
  readonly tracing?: Tracing | null
  readonly onPoint: OnOrchestratorPoint
}

export const startsGroup = `${orchestratorGroup}.starts`
export const signalsGroup = `${orchestratorGroup}.signals`

/** Replies handed over in one go; the loop behind makes its own batches of them. */
const recordsMax = 500
/** Events in memory that are not confirmed; past it they are left to recovery. */
const eventsMax = { backlogMax: 20_000, backlogBytesMax: 32 * 1024 * 1024 }
/** Nobody waits for events: a few large requests cost the broker and us less than many small ones. */
const eventsGatherMs = 50

export class Coordinator {
  readonly #options: CoordinatorOptions & {
    readonly meters: SagaMetrics
    readonly tracing: Tracing | null
  }
  readonly #publisher: Publisher
  readonly #events: Publisher
  readonly #batches: BatchPublisher
  readonly #dbClock: DbClock
  readonly #waiters: EndWaiters
  readonly #sagas: AdvanceSagas
  readonly #starts: StartSagas
  readonly #timers: TimerPoller
  readonly #held: HeldEventsPoller
  readonly #heldStarts: HeldStartsPoller
  readonly #instances: Instances
  readonly #recovery: Recovery
  readonly #stopping = new AbortController()
  #subscriptions: readonly Subscription[] = []
  #unlisten: (() => Promise<void>) | null = null
  #stopped: Promise<void> | null = null

  constructor(given: CoordinatorOptions) {
    const { bus, clock, log, metrics = noMetrics, tracing = null } = given
    const options = { ...given, meters: createSagaMetrics(metrics), tracing }
    this.#options = options
    const meterOf = (lane: string) => createPublishMeter(metrics, lane)
    this.#publisher = createPublisher({ bus, clock, log, meter: meterOf('commands') })
    this.#events = createPublisher({
      ...{ bus: apart(bus), clock, log, ...eventsMax },
      gatherMs: eventsGatherMs,
      meter: meterOf('events'),
    })
    this.#dbClock = new DbClock(clock)
    this.#waiters = new EndWaiters(options)
    this.#batches = new BatchPublisher({
      ...options,
      publisher: this.#publisher,
      events: this.#events,
    })
    const shared = { dbClock: this.#dbClock, recent: new RecentSagas() }
    const parts = { ...options, ...shared, publisher: this.#batches }
    const onResting = (resting: readonly RestingSaga[]) => this.#waiters.tell(resting)
    this.#sagas = new AdvanceSagas({ ...parts, onResting })
    this.#instances = new Instances(options)
    // The first one takes the replies.
    const newSagaId = () => drawSagaId(() => clock.newId(), this.#subscriptions[0]?.takes)
    const startsGiven = { ...parts, instances: this.#instances, newSagaId }
    this.#starts = new StartSagas(startsGiven)
    this.#heldStarts = new HeldStartsPoller({
      ...startsGiven,
      sagas: this.#sagas,
      starts: this.#starts,
    })
    this.#timers = new TimerPoller({ ...parts, sagas: this.#sagas })
    this.#held = new HeldEventsPoller({ ...parts, sagas: this.#sagas })
    this.#recovery = new Recovery(parts)
  }

  /** Resolves when events are taken. */
  async start(): Promise<void> {
    const { bus, db } = this.#options
    await this.#instances.start()
    const mark = this.#dbClock.mark()
    this.#dbClock.observe((await findDueSagas(db, 1, [])).now, mark)
    this.#unlisten = await db.listen(restingChannel, (payload) => this.#waiters.heard(payload))
    this.#recovery.start()
    this.#timers.start()
    this.#held.start()
    this.#heldStarts.start()
    const stopping = this.#stopping.signal
    const given = { ...this.#options, stopping, sagas: this.#sagas, starts: this.#starts }
    const signals = { ...given, waiting: { signals: 0 } }
    this.#subscriptions = await Promise.all([
      bus.subscribe({
        groupId: orchestratorGroup,
        topics: [repliesTopic],
        batchRecordsMax: recordsMax,
        handle: (records) => takeReplies(given, records),
      }),
      bus.subscribe({
        groupId: startsGroup,
        topics: [startsTopic],
        batchRecordsMax: recordsMax,
        handle: (records) => takeStarts({ ...given, instances: this.#instances }, records),
      }),
      bus.subscribe({
        groupId: signalsGroup,
        topics: [signalsTopic],
        batchRecordsMax: recordsMax,
        handle: (records) => takeSignals(signals, records),
      }),
    ])
  }

  /** Takes nothing new, finishes what is being committed and published. Idempotent. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async begin(request: StartRequest): Promise<StartResult> {
    const { id, isNew } = await this.#starts.start(request)
    return { id, isNew }
  }

  /** See `migrateSagas`. */
  migrate(request: MigrationRequest): Promise<MigrationPage> {
    const given = { ...this.#options, instances: this.#instances, sagas: this.#sagas }
    return migrateSagas(given, request)
  }

  /** It may be started: every live instance has it. */
  isStartable(definition: SagaDefinition): boolean {
    return this.#instances.isOnAll(definition)
  }

  /**
   * Resolves when the saga has ended or is stuck, with how it looks then; with null when the time
   * is over, or it could not be read. A saga that was not just started here may be at rest already,
   * so it is looked up first.
   */
  async waitForEnd(
    id: SagaId,
    options: { readonly timeoutMs: number; readonly isNew: boolean },
  ): Promise<SagaView | null> {
    const { db, rows } = this.#options
    const told = this.#waiters.wait(id, options.timeoutMs)
    if (!options.isNew) {
      const view = await viewSaga(db, rows, id).catch(() => null)
      const isResting = view !== null && (isEnded(view) || view.status === 'stuck')
      if (isResting) this.#waiters.tell([{ id, view: () => view }])
    }
    return told
  }

  /**
   * What a person tells a saga. Resolves after the commit; a repeat with the same request id
   * changes nothing.
   * @throws SAGA_NOT_FOUND, EVENT_TOO_LARGE, STOPPING, and the rule that refuses it.
   */
  async operate(id: SagaId, event: Operated): Promise<void> {
    refuseLargeEvent(event)
    const asked = { sagaId: id, event, cause: null, isAsked: true }
    const [advanced] = await this.#sagas.advance([asked])
    await this.#options.onPoint('verb.after-commit-before-answer')
    if (advanced?.problem) throw advanced.problem
  }

  /** As `operate`. @throws SAGA_KEY_UNKNOWN, SIGNAL_AMBIGUOUS besides. */
  async signal(request: SignalRequest): Promise<SignalResult> {
    const given = { ...this.#options, sagas: this.#sagas }
    const { sagaId, outcome, problem } = await signalSaga(given, request)
    await given.onPoint('signal.after-commit-before-answer')
    if (problem !== null) throw problem
    return { sagaId, outcome }
  }

  /** What each verb would do now; null without the saga's definition. @throws SAGA_NOT_FOUND. */
  async outlook(id: SagaId): Promise<Outlook | null> {
    const { db, registry, rows } = this.#options
    const [stored] = await findSagas(db, rows, [id])
    if (!stored) throw orchestratorError('SAGA_NOT_FOUND', { id })
    if (stored.problem !== null) throw stored.problem
    const { saga, definitionHash } = stored
    const definition = registry.version(saga.name, saga.version)
    if (definition?.hash !== definitionHash) return null
    return outlookOf(definition, saga, this.#dbClock.now())
  }

  /** Why replies, starts or signals are not being taken, or null. */
  problem(): string | null {
    const problems = this.#subscriptions.flatMap((subscription) => subscription.problem() ?? [])
    return problems[0] ?? null
  }

  async #stop(): Promise<void> {
    this.#stopping.abort()
    const subscriptions = this.#subscriptions.map((subscription) => subscription.stop())
    const pollers = [this.#timers, this.#held, this.#heldStarts, this.#starts].map((one) =>
      one.stop(),
    )
    // What is handled may wait for Kafka; the publishers give it up after their drain limit.
    const publishers = [this.#publisher, this.#events].map((one) => one.stop())
    await Promise.all([...subscriptions, ...pollers, this.#sagas.stop(), ...publishers])
    await this.#recovery.stop()
    await this.#batches.stop()
    await this.#waiters.stop()
    await this.#unlisten?.()
    await this.#instances.stop()
  }
}

function apart(bus: Bus): Pick<Bus, 'publish'> {
  return { publish: (records) => bus.publish(records, { isApart: true }) }
}
