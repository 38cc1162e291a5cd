// Publishes again what a crash may have kept from Kafka: at the start everything that is left,
// later what nobody confirmed in time. Looks at leftover batches only, never at all sagas.
import type { Cipher } from '../../messaging/cipher.ts'
import type { Clock } from '../../messaging/clock.ts'
import type { Db } from '../../messaging/db.ts'
import type { Log } from '../../messaging/log.ts'
import type { Registry } from '../definition/registry.ts'
import { awaitedCommands } from '../engine/awaited.ts'
import { isEnded } from '../engine/saga.ts'
import { claimLeftovers, type LeftoverBatch } from '../store/publish-batches.ts'
import type { RowCipher } from '../store/row-cipher.ts'
import type { StoredSaga } from '../store/saga-rows.ts'
import { findSagas } from '../store/sagas.ts'
import type { BatchPublisher } from './batch-publisher.ts'
import { toMessage } from './command-message.ts'

/** How often peers' leftovers are looked for. */
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
  }
  readonly #stopping = new AbortController()
  /** Batches with a saga whose definition is not here: its commands are for a peer that has it. */
  /** Failed in the last sweep: not claimed again at once. */
  readonly #failing = new Set<string>()
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
    const { clock, log } = this.#given
    const { signal } = this.#stopping
    let dueWithinMs = everythingMs
    while (!signal.aborted) {
      const claimed = await this.#sweep(dueWithinMs).catch((error: unknown) => {
        if (!signal.aborted) log.warn('recovery.sweep.failed', { error })
        return null
      })
      // The first look has seen everything; only when it failed it must be made again.
      if (claimed !== null && claimed < claimMax) dueWithinMs = 0
      if (claimed !== claimMax) await clock.wait(sweepMs, signal)
    }
  }

  async #sweep(dueWithinMs: number): Promise<number> {
    const { db, publisher, log } = this.#given
    const except = [...publisher.known(), ...this.#left, ...this.#failing]
    const batches = await claimLeftovers(db, { dueWithinMs, limit: claimMax, claimMs, except })
    if (batches.length > 0) log.info('recovery.batches', { batches: batches.length })
    this.#failing.clear()
    await Promise.all(
      batches.map((batch) =>
        this.#republish(batch).catch((error: unknown) => {
          // One that cannot be brought out now must not keep the others; its claim runs out.
          if (this.#failing.size < leftMax) this.#failing.add(batch.id)
          if (!this.#stopping.signal.aborted) {
            log.warn('recovery.batch.failed', { batchId: batch.id, error })
          }
        }),
      ),
    )
    return batches.length
  }

  async #republish({ id, sagaIds }: LeftoverBatch): Promise<void> {
    const { db, registry, publisher, cipher, rows } = this.#given
    const living = (await findSagas(db, rows, sagaIds)).filter(({ saga }) => !isEnded(saga))
    const ours = living.filter((stored) => hasDefinition(registry, stored))
    const messages = ours.flatMap(({ saga }) => {
      const definition = registry.version(saga.name, saga.version)
      const commands = definition ? awaitedCommands(definition, saga) : []
      return commands.map((command) => toMessage(cipher, command, null))
    })
    if (ours.length < living.length) {
      await publisher.publishPart(id, messages)
      this.#leave(id)
    } else if (messages.length === 0) publisher.forget([id])
    else await publisher.publish(id, messages)
  }

  #leave(batchId: string): void {
    if (this.#left.size >= leftMax) this.#left.clear()
    this.#left.add(batchId)
  }
}

/** And the keys, where it needs some. */
function hasDefinition(registry: Registry, { saga, definitionHash, problem }: StoredSaga): boolean {
  return problem === null && registry.version(saga.name, saga.version)?.hash === definitionHash
}
