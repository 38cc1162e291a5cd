// Publishes and believes nothing: kafkajs can resolve a send whose records it never delivered, so
// each partition must be in the answer, and what is missing is sent again until the deadline. One
// send at a time, in the order of the calls. Used by kafka-bus.ts.
import type { IHeaders, Producer, RecordMetadata, TopicMessages } from 'kafkajs'
import type { OutgoingRecord } from '../bus.ts'
import { backoffMs, type Clock } from '../clock.ts'
import { messageBytesMax } from '../envelope.ts'
import { messagingError, SagalineError } from '../errors.ts'
import type { Log } from '../log.ts'
import { acksAll } from './client-settings.ts'
import { type PartitionRecords, type Round, toRounds } from './send-rounds.ts'
import type { TopicPartitions } from './topic-partitions.ts'
import { forbidden, isMissing, isTooLarge } from './trouble.ts'
import { within } from './within.ts'

export type VerifiedProducerOptions = {
  readonly producer: Producer
  readonly topicPartitions: TopicPartitions
  readonly deadlineMs: number
  readonly clock: Clock
  readonly log: Log
}

/** Calls that wait for their turn; a further one is refused. */
const waitingCallsMax = 1_000

/** Between two sends of the same records. */
const resend = { initialMs: 50, maxMs: 1_000 }

/** How long the broker may wait for its replicas. */
const replicaTimeoutMs = 10_000

type Publication = {
  /** By the monotonic clock. */
  readonly deadline: number
  readonly sent: number
  /** Records not confirmed yet. */
  left: number
  /** What was wrong with the last try. */
  problem?: unknown
}

export class VerifiedProducer {
  readonly #options: VerifiedProducerOptions
  #turn: Promise<unknown> = Promise.resolve()
  #waiting = 0

  constructor(options: VerifiedProducerOptions) {
    this.#options = options
  }

  /** @throws PUBLISH_UNCONFIRMED, TOPIC_MISSING, KAFKA_FORBIDDEN, MESSAGE_TOO_LARGE, PUBLISHER_FULL. */
  async publish(records: readonly OutgoingRecord[]): Promise<void> {
    if (records.length === 0) return
    if (this.#waiting >= waitingCallsMax) {
      throw messagingError('PUBLISHER_FULL', { backlog: this.#waiting, limit: waitingCallsMax })
    }
    this.#waiting += 1
    const sent = this.#turn.then(() => this.#publish(records))
    this.#turn = sent.catch(() => undefined)
    try {
      await sent
    } finally {
      this.#waiting -= 1
    }
  }

  /** Resolves when no call is running. */
  async idle(): Promise<void> {
    await this.#turn
  }

  async #publish(records: readonly OutgoingRecord[]): Promise<void> {
    const { clock, deadlineMs, topicPartitions } = this.#options
    const publication: Publication = {
      deadline: clock.monotonicMs() + deadlineMs,
      sent: records.length,
      left: records.length,
    }
    await topicPartitions.load(new Set(records.map((record) => record.topic)), deadlineMs)
    const rounds = toRounds(records, (topic) => topicPartitions.known(topic) ?? 1)
    for (const round of rounds) await this.#sendUntilConfirmed(round, publication)
  }

  async #sendUntilConfirmed(round: Round, publication: Publication): Promise<void> {
    const { clock, log } = this.#options
    let missing = round
    for (let attempt = 1; missing.length > 0; attempt += 1) {
      const leftMs = publication.deadline - clock.monotonicMs()
      if (leftMs <= 0) throw unconfirmed(publication)
      try {
        const answer = await within(this.#send(missing), leftMs, () => unconfirmed(publication))
        missing = settle(missing, answer, publication)
        if (missing.length > 0) publication.problem = 'the answer leaves partitions out'
      } catch (error) {
        await this.#refuseOrBear(error, missing, leftMs)
        publication.problem = error
      }
      if (missing.length > 0) {
        const { problem } = publication
        log.warn('kafka.publish.repeated', { partitions: missing.length, attempt, error: problem })
        await clock.wait(Math.min(leftMs, backoffMs(resend, attempt, clock.random)))
      }
    }
  }

  /** Throws when sending again cannot help. */
  async #refuseOrBear(error: unknown, missing: Round, leftMs: number): Promise<void> {
    if (error instanceof SagalineError) throw error
    if (isTooLarge(error)) throw tooLarge(missing, error)
    const topics = new Set(missing.map((piece) => piece.topic))
    const refused = forbidden(`writing to ${[...topics].join(' or ')}`, error)
    if (refused !== null) throw refused
    if (!isMissing(error)) return
    this.#options.topicPartitions.forget(topics)
    await this.#options.topicPartitions.load(topics, leftMs)
  }

  #send(pieces: Round): Promise<RecordMetadata[]> {
    const byTopic = new Map<string, TopicMessages>()
    for (const { topic, partition, records } of pieces) {
      const target = byTopic.get(topic) ?? { topic, messages: [] }
      byTopic.set(topic, target)
      for (const record of records) {
        const { key, value } = record
        target.messages.push({ key, value, headers: headersOf(record), partition })
      }
    }
    const topicMessages = [...byTopic.values()]
    return this.#options.producer.sendBatch({
      acks: acksAll,
      timeout: replicaTimeoutMs,
      topicMessages,
    })
  }
}

/** Answers the pieces that are still missing. */
function settle(
  sent: Round,
  answer: readonly RecordMetadata[],
  publication: Publication,
): readonly PartitionRecords[] {
  const missing: PartitionRecords[] = []
  for (const piece of sent) {
    if (isConfirmed(answer, piece)) publication.left -= piece.records.length
    else missing.push(piece)
  }
  return missing
}

function isConfirmed(answer: readonly RecordMetadata[], piece: PartitionRecords): boolean {
  return answer.some(
    (entry) =>
      entry.topicName === piece.topic &&
      entry.partition === piece.partition &&
      entry.errorCode === 0,
  )
}

/** The broker does not say which record it was; the publisher finds out by sending one by one. */
function headersOf({ headers, repeated }: OutgoingRecord): IHeaders {
  return repeated === undefined ? headers : ({ ...headers, ...repeated } as IHeaders)
}

function tooLarge(pieces: Round, cause: unknown): Error {
  const bytes = Math.max(...pieces.map((piece) => piece.bytes))
  const id = String(pieces[0]?.records[0]?.headers['ce_id'] ?? 'unknown')
  return messagingError('MESSAGE_TOO_LARGE', { id, bytes, limit: messageBytesMax }, cause)
}

function unconfirmed({ sent, left, problem }: Publication): Error {
  const text = problem instanceof Error ? problem.message : (problem ?? 'no answer in time')
  return messagingError('PUBLISH_UNCONFIRMED', { missing: left, sent, problem: text }, problem)
}
