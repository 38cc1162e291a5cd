// Publishes again what a crash may have kept from Kafka: at the start everything that is left,
// later what nobody confirmed in time. Looks at leftover batches only, never at all sagas.
import type { Cipher } from '../../messaging/cipher.ts'
import type { Clock } from '../../messaging/clock.ts'
import type { Db } from '../../messaging/db.ts'
import type { Log } from '../../messaging/log.ts'
import type { Message } from '../../messaging/message.ts'
import type { Tracing } from '../../messaging/tracing.ts'
import type { Registry } from '../definition/registry.ts'
import { awaitedCommands } from '../engine/awaited.ts'
import { answerToParent } from '../engine/end.ts'
import { isEnded, type SagaTrace } from '../engine/saga.ts'
import { lifecycleMessages } from '../lifecycle/lifecycle-messages.ts'
import type { OnOrchestratorPoint } from '../points.ts'
import { findBatchHistory } from '../store/batch-history.ts'
import { claimLeftovers, claimSetAside, type LeftoverBatch } from '../store/publish-batches.ts'
import type { RowCipher } from '../store/row-cipher.ts'
import type { StoredSaga } from '../store/saga-rows.ts'
import { findSagas } from '../store/sagas.ts'
import type { BatchPublisher } from './batch-publisher.ts'
import { toMessage, toReply } from './command-message.ts'
import { beginSends } from './trace-sends.ts'

/** How often peers' leftovers, and events that wait for their topic, are looked for. */
const sweepMs = 1_000
/** Batches claimed in one go; when there are more, the next go follows at once. */
const claimMax = 50
/** After that time a claimed batch that is still there may be claimed by others. */
const claimMs = 10_000
/** At the start nothing is left to others: whoever is alive may repeat, duplicates are harmless. */
const everythingMs = 3_600_000
/** Batches remembered as not to be claimed here; past it they are looked at once more. */
const leftMax = 10_000

export class Recovery {
  readonly #given: {
    readonly db: Db
    readonly registry: Registry
    readonly cipher: Cipher
    readonly rows: RowCipher
    readonly publisher: BatchPublisher
    readonly clock: Clock
    readonly log: Log
    readonly tracing: Tracing | null
    readonly onPoint: OnOrchestratorPoint
  }
  readonly #stopping = new AbortController()
  /** Failed in the last sweep: not claimed again at once. */
  readonly #failing = new Set<string>()
  /** Batches with a saga whose definition is not here: its commands are for a peer that has it. */
  readonly #left = new Set<string>()
  #ended: Promise<void> | null = null

  constructor(given: {
    db: Db
    registry: Registry
    cipher: Cipher
    rows: RowCipher
    publisher: BatchPublisher
    clock: Clock
    log: Log
    tracing: Tracing | null
    onPoint: OnOrchestratorPoint
  }) {
    this.#given = given
  }

  start(): void {
    this.#ended ??= this.#run()
  }

  /** The publisher must be stopped first or at the same time: a publication may be under way. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#ended
  }

  async #run(): Promise<void> {
    let dueWithinMs = everythingMs
    const leftovers = async () => {
      const claimed = await this.#sweep(dueWithinMs)
      // The first look has seen everything; only when it failed it must be made again.
      if (claimed < claimMax) dueWithinMs = 0
      return claimed
    }
    // Events that do not get through must not keep commands.
    await Promise.all([this.#repeat(leftovers), this.#repeat(() => this.#sweepAside())])
  }

  /** A full hand means that there may be more. */
  async #repeat(sweep: () => Promise<number>): Promise<void> {
    const { clock, log } = this.#given
    const { signal } = this.#stopping
    while (!signal.aborted) {
      const claimed = await sweep().catch((error: unknown) => {
        if (!signal.aborted) log.warn('recovery.sweep.failed', { error })
        return 0
      })
      if (claimed !== claimMax) await clock.wait(sweepMs, signal)
    }
  }

  /** Answers how many it found. */
  async #sweep(dueWithinMs: number): Promise<number> {
    const { db, publisher } = this.#given
    const except = [...publisher.known(), ...this.#left, ...this.#failing]
    const batches = await claimLeftovers(db, { dueWithinMs, limit: claimMax, claimMs, except })
    this.#failing.clear()
    await this.#bringOut(batches, (batch) => this.#republish(batch))
    return batches.length
  }

  /** Answers how many it brought out. */
  async #sweepAside(): Promise<number> {
    const { db, publisher } = this.#given
    // While their topic is away one is enough to find out when it is there again.
    const limit = publisher.areEventsWaiting() ? 1 : claimMax
    const aside = await claimSetAside(db, { limit, claimMs, except: publisher.known() })
    let told = 0
    await this.#bringOut(aside, async (batch) => {
      if (await this.#tell(batch)) told += 1
    })
    return told
  }

  async #bringOut(
    batches: readonly LeftoverBatch[],
    work: (batch: LeftoverBatch) => Promise<void>,
  ): Promise<void> {
    const { log } = this.#given
    if (batches.length > 0) log.info('recovery.batches', { batches: batches.length })
    await Promise.all(
      batches.map((batch) =>
        work(batch).catch((error: unknown) => {
          // One that cannot be brought out now must not keep the others; its claim runs out.
          if (this.#failing.size < leftMax) this.#failing.add(batch.id)
          if (!this.#stopping.signal.aborted) {
            log.warn('recovery.batch.failed', { batchId: batch.id, error })
          }
        }),
      ),
    )
  }

  async #republish({ id, sagaIds }: LeftoverBatch): Promise<void> {
    const { db, registry, publisher, cipher, rows, tracing, onPoint } = this.#given
    await onPoint('recovery.after-claim-before-publish')
    const stored = await findSagas(db, rows, sagaIds)
    const events = await this.#eventsOf(id, stored)
    const living = stored.filter(maySend)
    const ours = living.filter((stored) => hasDefinition(registry, stored))
    const commands = ours.flatMap(({ saga }) => {
      const definition = registry.version(saga.name, saga.version)
      const commands = definition ? awaitedCommands(definition, saga) : []
      const { trace } = saga
      return commands.map((command) => ({ message: toMessage(cipher, command, null), trace }))
    })
    const sends = [...commands, ...stored.flatMap((one) => repliesOf(cipher, one))]
    const sending = beginSends(
      tracing,
      sends.map(({ message }) => message),
      sends.map(({ trace }) => trace),
    )
    const { messages } = sending
    if (ours.length < living.length) {
      await publisher.publishPart(id, { messages, events })
      this.#leave(id)
    } else if (messages.length + events.length === 0) publisher.forget([id])
    else await publisher.publish(id, { messages, events })
    sending.end()
    await onPoint('recovery.after-publish')
  }

  /** Its commands are in Kafka; its events were waiting for their topic. */
  async #tell({ id, sagaIds }: LeftoverBatch): Promise<boolean> {
    const { db, publisher, rows, onPoint } = this.#given
    await onPoint('recovery.after-claim-before-events')
    return publisher.tell(id, await this.#eventsOf(id, await findSagas(db, rows, sagaIds)))
  }

  /** From the rows alone: no definition is needed, and the sagas may have ended. */
  async #eventsOf(id: string, stored: readonly StoredSaga[]): Promise<readonly Message[]> {
    const { db, rows } = this.#given
    return (await findBatchHistory(db, { id, stored, rows })).flatMap(lifecycleMessages)
  }

  #leave(batchId: string): void {
    if (this.#left.size >= leftMax) this.#left.clear()
    this.#left.add(batchId)
  }
}

/** One that cannot be read may be a child whose answer is still to be sent. */
function maySend({ saga, problem }: StoredSaga): boolean {
  return !isEnded(saga) || (problem !== null && saga.parent !== null)
}

/** And the keys, where it needs some. */
function hasDefinition(registry: Registry, { saga, definitionHash, problem }: StoredSaga): boolean {
  return problem === null && registry.version(saga.name, saga.version)?.hash === definitionHash
}

type Send = { readonly message: Message; readonly trace: SagaTrace | null }

/** A child that has ended answers its parent; for that no definition is needed. */
function repliesOf(cipher: Cipher, { saga, isSealed, problem }: StoredSaga): readonly Send[] {
  const reply = problem === null ? answerToParent(saga) : null
  if (reply === null) return []
  return [{ message: toReply(cipher, { reply, isSecret: isSealed }), trace: saga.trace }]
}
