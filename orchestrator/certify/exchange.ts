// Opens conversations and hands each record that comes to the one that it is about. States:
// listening, closed.
import type { IncomingRecord } from '../../messaging/bus.ts'
import { partitionOf } from '../../messaging/partition.ts'
import { sagaIn } from './reply-form.ts'
import type { Sample } from './sample.ts'
import { Talk } from './talk.ts'
import type { Wire } from './wire.ts'

/** Ids tried until one falls into a partition: many times what chance asks for. */
const idsTriedMax = 100_000

export class Exchange {
  readonly #wire: Wire
  readonly #talks = new Map<string, Talk>()
  readonly #close: () => void
  #received = 0

  constructor(wire: Wire) {
    this.#wire = wire
    this.#close = wire.listen((record) => this.#take(record))
  }

  get received(): number {
    return this.#received
  }

  /** The name that the participant gives itself; null before it answered. */
  get source(): string | null {
    return [...this.#talks.values()].map(({ source }) => source).find((one) => one !== null) ?? null
  }

  /** Each record of the saga goes to it, also those that come when its check is over. */
  async open(sample: Sample): Promise<Talk> {
    return this.#open(sample, this.#wire.clock.newId())
  }

  /** About a saga whose commands share the partition of the records with this key. */
  async openBeside(key: string | null, sample: Sample): Promise<Talk> {
    const { clock, commandPartitions: partitions } = this.#wire
    const partition = partitionOf(key, partitions)
    let sagaId = clock.newId()
    for (let tried = 0; tried < idsTriedMax; tried += 1) {
      if (partitionOf(sagaId, partitions) === partition) break
      sagaId = clock.newId()
    }
    return this.#open(sample, sagaId)
  }

  /** Takes no more. */
  close(): void {
    this.#close()
  }

  async #open(sample: Sample, sagaId: string): Promise<Talk> {
    const talk = new Talk(this.#wire, sample, sagaId)
    this.#talks.set(sagaId, talk)
    await talk.begin()
    return talk
  }

  #take(record: IncomingRecord): void {
    const sagaId = sagaIn(record, this.#talks)
    if (sagaId === null) return
    this.#received += 1
    this.#talks.get(sagaId)?.take(record)
  }
}
