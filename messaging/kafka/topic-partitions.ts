// How many partitions each topic has, as the broker says. Asked once a topic, because the count is
// frozen (adding partitions would break the order within a saga), and because kafkajs itself takes
// 11 s to say that a topic is missing. Used by the producer and before subscribing.
import type { Admin } from 'kafkajs'
import { messagingError } from '../errors.ts'
import { forbidden, isMissing, toTrouble } from './trouble.ts'
import { within } from './within.ts'

export class TopicPartitions {
  readonly #admin: Admin
  readonly #brokers: readonly string[]
  readonly #counts = new Map<string, number>()

  constructor(admin: Admin, brokers: readonly string[]) {
    this.#admin = admin
    this.#brokers = brokers
  }

  /** Known from before, without a wait. */
  known(topic: string): number | undefined {
    return this.#counts.get(topic)
  }

  /** One that was asked for before. */
  any(): string | undefined {
    return this.#counts.keys().next().value
  }

  /** @throws TOPIC_MISSING, KAFKA_FORBIDDEN, BROKER_UNREACHABLE. */
  async load(topics: Iterable<string>, deadlineMs: number): Promise<void> {
    for (const topic of topics) {
      if (this.#counts.has(topic)) continue
      this.#counts.set(topic, await this.#ask(topic, deadlineMs))
    }
  }

  /** After the broker said that a topic is unknown: look again. */
  forget(topics: Iterable<string>): void {
    for (const topic of topics) this.#counts.delete(topic)
  }

  async #ask(topic: string, deadlineMs: number): Promise<number> {
    const asked = this.#admin.fetchTopicMetadata({ topics: [topic] })
    const answer = await within(asked, deadlineMs, () =>
      this.#unreachable(`no answer in ${Math.round(deadlineMs)} ms`),
    ).catch((error: unknown) => {
      throw isMissing(error)
        ? messagingError('TOPIC_MISSING', { topic }, error)
        : (forbidden(`the topic ${topic}`, error) ?? toTrouble(error, this.#brokers))
    })
    const partitions = answer.topics.find((found) => found.name === topic)?.partitions.length ?? 0
    if (partitions === 0) throw messagingError('TOPIC_MISSING', { topic })
    return partitions
  }

  #unreachable(problem: string): Error {
    return messagingError('BROKER_UNREACHABLE', { brokers: this.#brokers.join(','), problem })
  }
}
