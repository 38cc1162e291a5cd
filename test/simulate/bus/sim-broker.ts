// Kafka for the simulation: topics with partitions, consumer groups, one client a process. It keeps
// the contract of `messaging/bus.ts`, as the conformance suite shows; when and in which order things
// happen, and what goes wrong, is for the schedule and the faults.
import type { Bus, IncomingRecord, OutgoingRecord, TopicSpec } from '../../../messaging/bus.ts'
import type { Clock } from '../../../messaging/clock.ts'
import { messagingError } from '../../../messaging/errors.ts'
import type { Log } from '../../../messaging/log.ts'
import { partitionOf } from '../../../messaging/partition.ts'
import type { Owner } from '../owner.ts'
import { epochMs } from '../sim-clock.ts'
import { SimBus } from './sim-bus.ts'
import { type GroupWatch, SimGroup } from './sim-group.ts'
import type { SimNetwork } from './sim-network.ts'

/** A member that is silent for longer is thrown out of its group. */
const sessionMs = 6_000
/** A process that was thrown out joins again this long after it woke. */
const rejoinMs = 50

export class SimBroker {
  readonly network: SimNetwork
  readonly #watch: GroupWatch
  readonly #topics = new Map<string, IncomingRecord[][]>()
  readonly #groups = new Map<string, SimGroup>()

  constructor(given: { readonly network: SimNetwork; readonly watch: GroupWatch }) {
    this.network = given.network
    this.#watch = given.watch
  }

  /** A client, as one process has it. */
  connect(process: { owner: Owner; clock: Clock; log: Log }): Bus {
    return new SimBus(this, process)
  }

  createTopic({ name, partitions }: Pick<TopicSpec, 'name' | 'partitions'>): void {
    if (this.#topics.has(name)) return
    this.#topics.set(
      name,
      Array.from({ length: partitions }, () => []),
    )
  }

  get topics(): readonly string[] {
    return [...this.#topics.keys()]
  }

  get groups(): readonly SimGroup[] {
    return [...this.#groups.values()]
  }

  /** @throws TOPIC_MISSING */
  records(topic: string): readonly IncomingRecord[][] {
    const partitions = this.#topics.get(topic)
    if (partitions === undefined) throw messagingError('TOPIC_MISSING', { topic })
    return partitions
  }

  /** All of one partition. */
  append(topic: string, partition: number, records: readonly OutgoingRecord[]): void {
    const log = this.records(topic)[partition] ?? []
    const timestamp = new Date(epochMs + Math.floor(this.network.schedule.nowMs))
    for (const record of records) {
      log.push(toIncoming(record, { partition, offset: BigInt(log.length), timestamp }))
    }
    for (const group of this.#groups.values()) group.deliver(topic, partition)
  }

  partitionOf({ topic, key }: Pick<OutgoingRecord, 'topic' | 'key'>): number {
    return partitionOf(key, this.records(topic).length)
  }

  group(id: string): SimGroup {
    const known = this.#groups.get(id)
    if (known) return known
    const group = new SimGroup({
      id,
      network: this.network,
      watch: this.#watch,
      partitionsOf: (topic) => this.records(topic).length,
    })
    this.#groups.set(id, group)
    return group
  }

  /** The process is gone: its members are missed when their sessions run out. */
  forget(owner: Owner): void {
    const { schedule, broker } = this.network
    schedule.after(broker, sessionMs, 'session over', () => this.#leaveAll(owner))
  }

  /** The process does nothing for that long. When it wakes its partitions may be others'. */
  suspend(owner: Owner, ms: number): void {
    const { schedule, broker } = this.network
    if (ms <= sessionMs) return
    schedule.after(broker, sessionMs, 'session over', () => {
      const left = this.#leaveAll(owner)
      schedule.after(owner, ms - sessionMs + rejoinMs, 'join again', () => {
        for (const [group, member] of left) group.join(member)
      })
    })
  }

  #leaveAll(owner: Owner) {
    const left = this.groups.flatMap((group) =>
      group.members
        .filter((member) => member.owner === owner)
        .map((member) => [group, member] as const),
    )
    for (const [group, member] of left) group.leave(member)
    return left
  }
}

function toIncoming(
  { topic, key, value, headers }: OutgoingRecord,
  at: Pick<IncomingRecord, 'partition' | 'offset' | 'timestamp'>,
): IncomingRecord {
  const bytes: Record<string, Buffer> = {}
  for (const name in headers) bytes[name] = Buffer.from((headers[name] ?? '') as string)
  return { topic, ...at, key: toBytes(key), value: toBytes(value), headers: bytes }
}

function toBytes(text: string | Buffer | null): Buffer | null {
  return text === null ? null : Buffer.from(text as string)
}
