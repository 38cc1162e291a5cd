// A consumer group of the memory broker: its members, who has which partition, and the committed
// offsets. Each join and each leave is a new generation for everybody.
import type { OffsetMark } from '../messaging/offset-marks.ts'
import type { MemoryMember } from './memory-member.ts'

export type TopicPartition = { readonly topic: string; readonly partition: number }

export class MemoryGroup {
  readonly #partitionsOf: (topic: string) => number
  readonly #members: MemoryMember[] = []
  readonly #committed = new Map<string, bigint>()

  constructor(partitionsOf: (topic: string) => number) {
    this.#partitionsOf = partitionsOf
  }

  join(member: MemoryMember): void {
    this.#members.push(member)
    this.#rebalance()
  }

  leave(member: MemoryMember): void {
    const at = this.#members.indexOf(member)
    if (at === -1) return
    this.#members.splice(at, 1)
    this.#rebalance()
  }

  commit(marks: readonly OffsetMark[]): void {
    for (const mark of marks) this.#committed.set(keyOf(mark), mark.offset)
  }

  committedOffset(at: TopicPartition): bigint {
    return this.#committed.get(keyOf(at)) ?? 0n
  }

  deliver(): void {
    for (const member of this.#members) member.fetch()
  }

  #rebalance(): void {
    for (const member of this.#members) member.commit()
    const topics = new Set(this.#members.flatMap((member) => member.topics))
    const assigned = new Map<MemoryMember, TopicPartition[]>()
    let turn = 0
    for (const topic of topics) {
      const takers = this.#members.filter((member) => member.topics.includes(topic))
      for (let partition = 0; partition < this.#partitionsOf(topic); partition += 1) {
        const taker = takers[turn % takers.length]
        turn += 1
        if (taker === undefined) continue
        assigned.set(taker, [...(assigned.get(taker) ?? []), { topic, partition }])
      }
    }
    for (const member of this.#members) member.assign(assigned.get(member) ?? [])
  }
}

function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}|${partition}`
}
