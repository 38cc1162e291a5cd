// A participant that was started: its subscription, publisher, retries, relay and fence cleaner.
// States: starting, taking batches, stopping (retries end, the last batch settles), stopped.

import type { Handled, IncomingRecord, Subscription } from '../messaging/bus.ts'
import { type Cipher, noKeys } from '../messaging/cipher.ts'
import { SagalineError } from '../messaging/errors.ts'
import type { Message } from '../messaging/message.ts'
import { noMetrics } from '../messaging/metrics.ts'
import { OutboxRelay } from '../messaging/outbox-relay.ts'
import { watchLag, watchLetters, watchPool } from '../messaging/part-metrics.ts'
import { createPublishMeter } from '../messaging/publish-meter.ts'
import { createPublisher, type Publisher } from '../messaging/publisher.ts'
import { type CommandMetrics, createCommandMetrics } from './command-metrics.ts'
import { participantError } from './errors.ts'
import { FenceCleaner } from './fence-cleaner.ts'
import { type Delayed, injectFaults, type WithFaults } from './inject-faults.ts'
import { type Poison, type Receiving, sortRecords } from './intake.ts'
import { logAnswer } from './log-answer.ts'
import { OutsideCalls } from './outside-calls.ts'
import { parkPoison } from './park-poison.ts'
import type { ParticipantDeps, ResolvedOptions } from './participant-options.ts'
import { crashOf, type Received } from './received.ts'
import { messagesOf } from './reply.ts'
import { Retries } from './retries.ts'
import type { Answered, WaveDeps } from './run-wave.ts'
import { noteServedTopics } from './served-topics.ts'
import { type Settled, settleWave } from './settle-wave.ts'
import { beginPart, traceCommands } from './trace-commands.ts'
import { splitIntoWaves } from './waves.ts'

export class RunningParticipant {
  readonly #options: ResolvedOptions
  readonly #deps: ParticipantDeps
  readonly #waveDeps: WaveDeps
  readonly #cipher: Cipher
  readonly #meters: CommandMetrics
  readonly #publisher: Publisher
  readonly #retries: Retries
  readonly #outside: OutsideCalls
  readonly #relay: OutboxRelay
  readonly #cleaner: FenceCleaner
  readonly #stopping = new AbortController()
  #subscription: Subscription | null = null
  #stopped: Promise<void> | null = null

  constructor(options: ResolvedOptions, deps: ParticipantDeps) {
    const { db, bus, log, clock, cipher = noKeys, metrics = noMetrics, tracing = null } = deps
    const { onPoint, service, topics } = options
    this.#options = options
    this.#deps = deps
    this.#cipher = cipher
    this.#waveDeps = { ...options, db, clock, cipher, tracing }
    this.#meters = createCommandMetrics(metrics)
    watchPool(metrics, service, db)
    watchLetters(metrics, db)
    watchLag(metrics, bus, { groupId: service, topics })
    const meter = createPublishMeter(metrics, 'replies')
    this.#publisher = createPublisher({ bus, log, clock, meter })
    this.#relay = new OutboxRelay({ db, publisher: this.#publisher, log, clock, onPoint })
    const retentionMs = options.fenceRetentionMs
    this.#cleaner = new FenceCleaner({ db, clock, log, retentionMs, onPoint })
    const tries = { clock, log, cipher, attemptsMax: options.attempts, backoff: options.backoff }
    const settle = (wave: readonly Received[]) => this.#settleWave(wave)
    const { handlers } = options
    this.#outside = new OutsideCalls({ ...tries, wave: this.#waveDeps, handlers, settle })
    this.#retries = new Retries({
      ...tries,
      commandsMax: options.retriesMax,
      settle: async (wave) => {
        await onPoint('participant.before-retry')
        return settle(wave)
      },
      settleOutside: (one) => this.#outside.answer(one),
    })
  }

  async start(): Promise<void> {
    const { service, topics, batchRecordsMax } = this.#options
    const { db, log } = this.#deps
    // Only the auditor reads it: a service that cannot write it at the moment works all the same.
    await noteServedTopics(db, { service, topics }).catch((error: unknown) =>
      log.warn('participant.topics.not-noted', { error }),
    )
    await this.#relay.start()
    this.#cleaner.start()
    this.#subscription = await this.#deps.bus.subscribe({
      groupId: service,
      topics,
      batchRecordsMax,
      handle: (records) => this.#handle(records),
    })
    log.info('participant.started', { service, topics })
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  wakeOutbox(): void {
    this.#relay.wake()
  }

  async problem(): Promise<string | null> {
    if (this.#stopped !== null || this.#subscription === null) return 'it is not running'
    const { bus, db } = this.#deps
    return this.#subscription.problem() ?? (await bus.problem()) ?? (await db.problem())
  }

  async #stop(): Promise<void> {
    // First, because the subscription waits for batches, and these for what comes later.
    this.#stopping.abort()
    await Promise.all([this.#retries.stop(), this.#outside.stop()])
    await this.#subscription?.stop()
    await Promise.all([this.#relay.stop(), this.#cleaner.stop()])
    await this.#publisher.stop()
    this.#deps.log.info('participant.stopped', { service: this.#options.service })
  }

  /** What fails is delivered again, and then has the faults that it had. */
  async #handle(records: readonly IncomingRecord[]): Promise<Handled> {
    const { commands: taken, poison } = sortRecords(this.#receiving(), records)
    const traced = traceCommands(this.#waveDeps.tracing, taken)
    const faulty = injectFaults(this.#options.faults, traced)
    const giveBack = (error: unknown): never => {
      faulty.giveBack()
      throw error
    }
    const handled = await this.#handleSorted(faulty, poison).catch(giveBack)
    return { ...handled, settled: handled.settled.catch(giveBack) }
  }

  async #handleSorted(
    { commands, delayed }: WithFaults,
    poison: readonly Poison[],
  ): Promise<Handled> {
    const { onPoint } = this.#options
    const effects: Promise<unknown>[] = []
    const add = (effect: Promise<unknown>) => {
      // Heard at the end by `settled`; until then a later wave may throw first.
      effect.catch(() => undefined)
      effects.push(effect)
    }
    if (poison.length > 0) add(this.#park(poison))
    for (const one of delayed) add(this.#handleLater(one))
    let isLate = delayed.length > 0
    for (const wave of splitIntoWaves(commands)) {
      const { answers, outside, faults } = await this.#settleWave(wave)
      await crashOf(wave, 'crash-after-commit')?.happen()
      await onPoint('participant.after-commit-before-reply')
      add(this.#send(answers))
      for (const fault of faults) add(this.#sendOne(this.#retries.answer(fault)))
      for (const one of outside) add(this.#sendOne(this.#outside.answer(one)))
      isLate ||= faults.length > 0 || outside.length > 0
    }
    return { settled: this.#settle(effects), isLate }
  }

  /** Apart from its batch, so that nobody waits for it but its own offset. */
  async #handleLater({ received, ms }: Delayed): Promise<void> {
    await this.#deps.clock.wait(ms, this.#stopping.signal)
    if (this.#stopping.signal.aborted) throw participantError('PARTICIPANT_STOPPED')
    const { answers, outside, faults } = await this.#settleWave([received])
    await this.#send(answers)
    for (const fault of faults) await this.#sendOne(this.#retries.answer(fault))
    for (const one of outside) await this.#sendOne(this.#outside.answer(one))
  }

  async #settle(effects: readonly Promise<unknown>[]): Promise<void> {
    await Promise.all(effects)
    await this.#options.onPoint('participant.after-reply-before-offset')
  }

  async #settleWave(wave: readonly Received[]): Promise<Settled> {
    const { clock } = this.#deps
    const beganAt = clock.monotonicMs()
    const endSpans = beginPart(this.#waveDeps.tracing, 'transaction', wave)
    const settled = await settleWave(this.#waveDeps, wave).catch((error: unknown) => {
      // The batch comes again, and then begins spans anew.
      endSpans(error)
      for (const { span } of wave) span?.end(error)
      throw error
    })
    endSpans()
    this.#meters.wave(wave.length, (clock.monotonicMs() - beganAt) / 1_000)
    for (const { received } of settled.faults) this.#meters.faulty(received)
    return settled
  }

  async #sendOne(answered: Promise<Answered>): Promise<void> {
    const answer = await answered
    await this.#options.onPoint('participant.after-retry-before-reply')
    await this.#send([answer])
  }

  /** Replies and events of one transaction, in one publication. */
  async #send(answers: readonly Answered[]): Promise<void> {
    const { clock } = this.#deps
    const writing = { service: this.#options.service, now: clock.now() }
    const nowMs = clock.monotonicMs()
    const messages: Message[] = []
    const poison: Poison[] = []
    for (const answered of answers) {
      const { received } = answered
      if (answered.type === 'mismatch') poison.push(mismatch(received))
      else {
        const { answer } = answered
        messages.push(...messagesOf(received, answer, writing))
        this.#meters.answered(received, answer.outcome, (nowMs - received.takenAtMs) / 1_000)
        logAnswer(this.#deps.log, received, answer.outcome)
      }
    }
    const sent = answers.map(({ received }) => received)
    const endSpans = beginPart(this.#waveDeps.tracing, 'publish', sent)
    const published = this.#publish(messages)
    const end = (error?: unknown) => {
      endSpans(error)
      for (const { span } of sent) span?.end(error)
    }
    published.then(() => end(), end)
    await Promise.all([published, poison.length > 0 && this.#park(poison)])
  }

  /**
   * A message that can never be published must not have its batch delivered again for ever. What
   * handlers answer is checked before it is stored, so this is not expected to happen; the other
   * messages are confirmed all the same.
   */
  async #publish(messages: readonly Message[]): Promise<void> {
    if (messages.length === 0) return
    try {
      await this.#publisher.publish(messages)
    } catch (error) {
      if (!(error instanceof SagalineError) || error.retryable) throw error
      this.#deps.log.error('participant.message.unpublishable', { error })
    }
  }

  async #park(poison: readonly Poison[]): Promise<void> {
    const { db, log } = this.#deps
    const { onPoint } = this.#options
    await parkPoison({ db, log, ...this.#receiving() }, poison)
    for (const { error } of poison) this.#meters.parked(error.code)
    await onPoint('participant.after-park-before-offset')
  }

  #receiving(): Receiving {
    const { service, handlers } = this.#options
    const takenAtMs = this.#deps.clock.monotonicMs()
    return { service, handlers, cipher: this.#cipher, takenAtMs }
  }
}

function mismatch({ command, record }: Received): Poison {
  return { record, error: participantError('BODY_MISMATCH', { id: command.id }) }
}
