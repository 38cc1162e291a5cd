// The client of the simulated broker that one process has. What can go wrong with a publication:
// it is lost, it is written and not confirmed, written after it was given up, in part, twice, late.
import type {
  Bus,
  OutgoingRecord,
  PublishingOptions,
  SubscribeOptions,
  Subscription,
  TopicEdges,
  TopicSpec,
} from '../../../messaging/bus.ts'
import type { Clock } from '../../../messaging/clock.ts'
import { messageBytesMax } from '../../../messaging/envelope.ts'
import { messagingError } from '../../../messaging/errors.ts'
import type { Log } from '../../../messaging/log.ts'
import type { Owner } from '../owner.ts'
import type { SimBroker } from './sim-broker.ts'
import { SimMember } from './sim-member.ts'
import { latencyMs } from './sim-network.ts'

type SimProcess = { readonly owner: Owner; readonly clock: Clock; readonly log: Log }

type Part = {
  readonly topic: string
  readonly partition: number
  readonly records: OutgoingRecord[]
}

/** Until a publication is given up. */
const publishMsMax = 5_000

export class SimBus implements Bus {
  readonly #broker: SimBroker
  readonly #process: SimProcess
  readonly #members = new Set<SimMember>()
  #isRunning = false
  #stopped: Promise<void> | null = null
  /** The last publication of each lane: those apart go in one of their own. */
  readonly #last = { usual: Promise.resolve(), apart: Promise.resolve() }

  constructor(broker: SimBroker, process: SimProcess) {
    this.#broker = broker
    this.#process = process
  }

  async start(): Promise<void> {
    this.#isRunning = true
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async ensureTopics(topics: readonly TopicSpec[]): Promise<void> {
    this.#mustRun()
    for (const topic of topics) this.#broker.createTopic(topic)
  }

  async publish(
    records: readonly OutgoingRecord[],
    { isApart = false }: PublishingOptions = {},
  ): Promise<void> {
    this.#mustRun()
    for (const record of records) {
      this.#broker.records(record.topic)
      refuseTooLarge(record)
    }
    const lane = isApart ? 'apart' : 'usual'
    const sent = this.#last[lane].then(() => this.#send(records))
    this.#last[lane] = sent.catch(() => undefined)
    await sent
  }

  async subscribe(options: SubscribeOptions): Promise<Subscription> {
    this.#mustRun()
    for (const topic of options.topics) this.#broker.records(topic)
    const member = new SimMember({
      ...options,
      ...this.#process,
      group: this.#broker.group(options.groupId),
      network: this.#broker.network,
      read: (topic, partition) => this.#broker.records(topic)[partition] ?? [],
    })
    await this.#pass('join')
    this.#members.add(member)
    member.start()
    return {
      problem: () => member.problem(),
      stop: async () => {
        await member.stop()
        this.#members.delete(member)
      },
    }
  }

  async problem(): Promise<string | null> {
    return this.#isRunning ? null : 'the bus is not running'
  }

  async lag(groupId: string, topics: readonly string[]): Promise<Record<string, number>> {
    this.#mustRun()
    const group = this.#broker.group(groupId)
    const lagOf = (topic: string) =>
      this.#broker
        .records(topic)
        .map(
          ({ length }, partition) => length - Number(group.committedOffset({ topic, partition })),
        )
        .reduce((sum, left) => sum + left, 0)
    return Object.fromEntries(topics.map((topic) => [topic, lagOf(topic)]))
  }

  async edges(topics: readonly string[]): Promise<TopicEdges> {
    this.#mustRun()
    const edgesOf = (topic: string) =>
      this.#broker.records(topic).map(({ length: high }) => ({ low: 0, high }))
    return Object.fromEntries(topics.map((topic) => [topic, edgesOf(topic)]))
  }

  async #stop(): Promise<void> {
    await Promise.all([...this.#members].map((member) => member.stop()))
    this.#members.clear()
    await Promise.all([this.#last.usual, this.#last.apart])
    this.#isRunning = false
  }

  #mustRun(): void {
    if (!this.#isRunning) throw messagingError('BUS_STOPPED')
  }

  async #send(records: readonly OutgoingRecord[]): Promise<void> {
    const parts = this.#partsOf(records)
    const { faults } = this.#broker.network
    const happens = (kind: string) => faults.happens(kind, `${records.length} records`)
    if (happens('publish.lost')) return this.#giveUp(records.length)
    if (happens('publish.unconfirmed')) {
      void this.#write(parts)
      return this.#giveUp(records.length)
    }
    if (happens('publish.written-late')) {
      void this.#write(parts, publishMsMax + this.#broker.network.random.between(0, 5_000))
      return this.#giveUp(records.length)
    }
    if (happens('publish.in-part')) {
      void this.#write(parts.filter((_, index) => index % 2 === 0))
      return this.#giveUp(records.length)
    }
    if (happens('publish.twice')) void this.#write(parts)
    await this.#write(parts)
    await this.#pass('publish confirmed')
  }

  /** The records may still appear. */
  async #giveUp(sent: number): Promise<never> {
    await this.#process.clock.wait(publishMsMax)
    const problem = 'no answer in time'
    throw messagingError('PUBLISH_UNCONFIRMED', { missing: sent, sent, problem })
  }

  /** Each partition on its own way; what has left goes on without its process. */
  async #write(parts: readonly Part[], delayMs = 0): Promise<void> {
    const { network } = this.#broker
    const written = parts.map(({ topic, partition, records }) => {
      const label = `append ${records.length} to ${topic}/${partition}`
      const ms = delayMs + latencyMs(network, label)
      return new Promise<void>((resolve) => {
        network.schedule.after(network.broker, ms, label, () => {
          this.#broker.append(topic, partition, records)
          resolve()
        })
      })
    })
    await Promise.all(written)
  }

  #partsOf(records: readonly OutgoingRecord[]): readonly Part[] {
    const parts = new Map<string, Part>()
    for (const record of records) {
      const { topic } = record
      const partition = this.#broker.partitionOf(record)
      const key = `${topic}/${partition}`
      const part = parts.get(key)
      if (part) part.records.push(record)
      else parts.set(key, { topic, partition, records: [record] })
    }
    return [...parts.values()]
  }

  /** An answer on its way back to the process. */
  #pass(label: string): Promise<void> {
    const { network } = this.#broker
    return new Promise((resolve) => {
      network.schedule.after(this.#process.owner, latencyMs(network, label), label, resolve)
    })
  }
}

function refuseTooLarge({ key, value, headers }: OutgoingRecord): void {
  const [keyText, valueText] = [key ?? '', value ?? '']
  const units = keyText.length + valueText.length
  if (units * 3 + 3_000 <= messageBytesMax) return
  const texts = [keyText, valueText, ...Object.entries(headers).flat()]
  const bytes = texts.reduce<number>((sum, text) => sum + Buffer.byteLength(text), 0)
  if (bytes <= messageBytesMax) return
  throw messagingError('MESSAGE_TOO_LARGE', {
    id: String(headers['ce_id'] ?? key),
    bytes,
    limit: messageBytesMax,
  })
}
