// Partitions of a group that stand before damaged records (`whole-batches.ts`): each rests a moment
// between two looks, so that the others are read as ever, and is told of while it stands. Used by
// mend-consumer-group.ts.
import type { Clock } from '../clock.ts'
import { isDamaged, type RecordSet } from './whole-batches.ts'

/** What was read of one partition, in kafkajs's words. */
export type FetchedBatch = {
  readonly topic: string
  readonly partition: number
  readonly fetchedOffset: string
  readonly rawMessages: RecordSet
}

/** Damage on the way is gone with the next look; the broker sends what it has at once. */
const restMs = 1_000
const tellAgainMs = 600_000

type Standing = {
  readonly topic: string
  readonly partition: number
  readonly offset: string
  readonly toldAtMs: number
  readonly restsUntilMs: number
}

export class DamagedPartitions {
  readonly #tell: (message: string, fields: object) => void
  readonly #clock: Pick<Clock, 'monotonicMs'>
  readonly #standing = new Map<string, Standing>()

  constructor(given: {
    readonly tell: (message: string, fields: object) => void
    readonly clock: Pick<Clock, 'monotonicMs'>
  }) {
    this.#tell = given.tell
    this.#clock = given.clock
  }

  /** Those that nothing is asked of for now. */
  resting(): readonly { readonly topic: string; readonly partition: number }[] {
    if (this.#standing.size === 0) return []
    const nowMs = this.#clock.monotonicMs()
    return [...this.#standing.values()].filter(({ restsUntilMs }) => restsUntilMs > nowMs)
  }

  /** What a fetch brought. */
  lookAt(batches: readonly FetchedBatch[]): void {
    for (const batch of batches) {
      if (isDamaged(batch.rawMessages)) this.#stand(batch)
      else if (this.#standing.size > 0 && batch.rawMessages.length > 0) this.#goOn(batch)
    }
  }

  #stand({ topic, partition, fetchedOffset: offset }: FetchedBatch): void {
    const key = `${topic}|${partition}`
    const known = this.#standing.get(key)
    const nowMs = this.#clock.monotonicMs()
    const isTold = known?.offset === offset && nowMs - known.toldAtMs < tellAgainMs
    const toldAtMs = isTold ? known.toldAtMs : nowMs
    this.#standing.set(key, { topic, partition, offset, toldAtMs, restsUntilMs: nowMs + restMs })
    if (isTold) return
    this.#tell('Records are damaged, nothing behind them is read', { topic, partition, offset })
  }

  #goOn({ topic, partition, fetchedOffset: offset }: FetchedBatch): void {
    if (!this.#standing.delete(`${topic}|${partition}`)) return
    this.#tell('Records that were damaged are whole', { topic, partition, offset })
  }
}
