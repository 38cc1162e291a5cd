// How many partitions each topic has, as the broker says. Asked once a topic, because the count is
// frozen (adding partitions would break the order within a saga), and because kafkajs itself takes
// 11 s to say that a topic is missing. Used by the producer and before subscribing.
import type { Admin } from 'kafkajs'
import { messagingError } from '../errors.ts'
import { within } from './within.ts'

export class TopicPartitions {
  readonly #admin: Admin
  readonly #brokers: string
  readonly #counts = new Map<string, number>()

  constructor(admin: Admin, brokers: readonly string[]) {
    this.#admin = admin
    this.#brokers = brokers.join(',')
  }

  /** Known from before, without a wait. */
  known(topic: string): number | undefined {
    return this.#counts.get(topic)
  }

  /** @throws TOPIC_MISSING, BROKER_UNREACHABLE. */
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
      throw isMissing(error) ? messagingError('TOPIC_MISSING', { topic }, error) : this.#wrap(error)
    })
    const partitions = answer.topics.find((found) => found.name === topic)?.partitions.length ?? 0
    if (partitions === 0) throw messagingError('TOPIC_MISSING', { topic })
    return partitions
  }

  #wrap(error: unknown): Error {
    if (error instanceof Error && 'code' in error && error.code === 'BROKER_UNREACHABLE') {
      return error
    }
    return this.#unreachable(error instanceof Error ? error.message : String(error), error)
  }

  #unreachable(problem: string, cause?: unknown): Error {
    return messagingError('BROKER_UNREACHABLE', { brokers: this.#brokers, problem }, cause)
  }
}

const missingTypes = new Set<unknown>(['UNKNOWN_TOPIC_OR_PARTITION', 'INVALID_TOPIC_EXCEPTION'])

/** True when this error, or what caused it, says that there is no such topic. */
export function isMissing(error: unknown): boolean {
  return hasType(error, missingTypes)
}

const tooLargeTypes = new Set<unknown>(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'])

/** True when the broker refused a batch for its size. */
export function isTooLarge(error: unknown): boolean {
  return hasType(error, tooLargeTypes)
}

const causesMax = 5

function hasType(error: unknown, types: ReadonlySet<unknown>): boolean {
  let at = error
  for (let depth = 0; depth < causesMax && at instanceof Error; depth += 1) {
    if ('type' in at && types.has(at.type)) return true
    at = at.cause
  }
  return false
}
