// A consumer group of the simulated broker. Each join, leave and forced rebalance is a new
// generation, which every member hears of in its own time: until then it goes on with what it had,
// beside the new owner of its partitions, and its commits are refused.
import type { OffsetMark } from '../../../messaging/offset-marks.ts'
import type { Owner } from '../owner.ts'
import type { SimMember } from './sim-member.ts'
import { latencyMs, type SimNetwork } from './sim-network.ts'

export type TopicPartition = { readonly topic: string; readonly partition: number }

/** Of one partition: what the group has done with it. */
type Progress = {
  committed: bigint
  /** By offset: handled, and all that came of it is durable. */
  readonly isHandled: boolean[]
  readonly takenBy: Owner[]
  /** Everything below is handled. */
  handledBelow: number
}

export type GroupWatch = {
  /** Two members had the same record. */
  readonly onShared: (groupId: string) => void
  readonly onBreach: (problem: string) => void
}

export class SimGroup {
  readonly id: string
  generation = 0
  /** All that were ever subscribed to. */
  readonly topics = new Set<string>()
  readonly #network: SimNetwork
  readonly #watch: GroupWatch
  readonly #partitionsOf: (topic: string) => number
  readonly #members: SimMember[] = []
  readonly #progress = new Map<string, Progress[]>()

  constructor(given: {
    id: string
    network: SimNetwork
    watch: GroupWatch
    partitionsOf: (topic: string) => number
  }) {
    this.id = given.id
    this.#network = given.network
    this.#watch = given.watch
    this.#partitionsOf = given.partitionsOf
  }

  get members(): readonly SimMember[] {
    return this.#members
  }

  join(member: SimMember): void {
    if (!this.#members.includes(member)) this.#members.push(member)
    for (const topic of member.topics) this.topics.add(topic)
    this.rebalance()
  }

  leave(member: SimMember): void {
    const at = this.#members.indexOf(member)
    if (at === -1) return
    this.#members.splice(at, 1)
    this.rebalance()
  }

  /** Refused, and answers false, unless it comes from the present generation. */
  commit(generation: number, marks: readonly OffsetMark[]): boolean {
    if (generation !== this.generation) return false
    for (const { topic, partition, offset } of marks) {
      const progress = this.#progressOf({ topic, partition })
      const at = `${this.id} ${topic}/${partition}`
      if (offset < progress.committed) {
        this.#watch.onBreach(`offset.went-back: ${at} from ${progress.committed} to ${offset}`)
      }
      if (offset > BigInt(progress.handledBelow)) {
        this.#watch.onBreach(
          `offset.above-unhandled: ${at} at ${offset}, handled below ${progress.handledBelow}`,
        )
      }
      progress.committed = offset
    }
    return true
  }

  committedOffset(at: TopicPartition): bigint {
    return this.#progressOf(at).committed
  }

  /** What the group has taken on, for the check at the end. */
  handledBelow(at: TopicPartition): number {
    return this.#progressOf(at).handledBelow
  }

  noteTaken(owner: Owner, at: TopicPartition, offset: number): void {
    const { takenBy } = this.#progressOf(at)
    const other = takenBy[offset]
    if (other !== undefined && other !== owner) this.#watch.onShared(this.id)
    takenBy[offset] = owner
  }

  noteHandled(at: TopicPartition, offset: number): void {
    const progress = this.#progressOf(at)
    progress.isHandled[offset] = true
    while (progress.isHandled[progress.handledBelow] === true) progress.handledBelow += 1
  }

  deliver(topic: string, partition: number): void {
    for (const member of this.#members) member.hear(topic, partition)
  }

  rebalance(): void {
    this.generation += 1
    const { generation } = this
    const assigned = this.#assign()
    for (const member of this.#members) {
      const partitions = assigned.get(member) ?? []
      const delay = latencyMs(this.#network, 'rebalance')
      this.#network.schedule.after(member.owner, delay, 'assign', () => {
        if (generation === this.generation) member.assign(generation, partitions)
      })
    }
  }

  #assign(): ReadonlyMap<SimMember, readonly TopicPartition[]> {
    const assigned = new Map<SimMember, TopicPartition[]>()
    const topics = new Set(this.#members.flatMap(({ topics }) => topics))
    let turn = this.generation
    for (const topic of topics) {
      const takers = this.#members.filter((member) => member.topics.includes(topic))
      for (let partition = 0; partition < this.#partitionsOf(topic); partition += 1) {
        const taker = takers[turn % takers.length]
        turn += 1
        if (taker === undefined) continue
        const list = assigned.get(taker)
        if (list) list.push({ topic, partition })
        else assigned.set(taker, [{ topic, partition }])
      }
    }
    return assigned
  }

  #progressOf({ topic, partition }: TopicPartition): Progress {
    const known = this.#progress.get(topic)
    const list = known ?? []
    if (!known) this.#progress.set(topic, list)
    const progress = list[partition]
    if (progress) return progress
    const first = { committed: 0n, isHandled: [], takenBy: [], handledBelow: 0 }
    list[partition] = first
    return first
  }
}
