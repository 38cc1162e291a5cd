// A bus whose topics and groups all begin with one text on the wire, so that several deployments
// (cells) share one Kafka. Nobody inside knows: definitions, rows and errors have the short names.
// Made by kafka-bus.ts; passing-consumer.ts and describe-kafka.ts use the names.
import type { Bus, IncomingRecord, OutgoingRecord } from '../bus.ts'
import { SagalineError } from '../errors.ts'

/** The one header that names a topic. A stranger who answers finds the whole name in it. */
const replyTo = 'ce_replyto'

/** The name without the prefix; one that lacks it is left alone. */
export function withoutPrefix(prefix: string, name: string): string {
  return name.startsWith(prefix) ? name.slice(prefix.length) : name
}

/** A record as it came, with the names that are used inside. */
export function toInside(prefix: string, record: IncomingRecord): IncomingRecord {
  const topic = withoutPrefix(prefix, record.topic)
  const answerTo = record.headers[replyTo]
  if (answerTo === undefined) return { ...record, topic }
  // Bytes stay bytes: what a stranger wrote may be no text.
  const isWhole = answerTo.subarray(0, prefix.length).equals(Buffer.from(prefix))
  const name = isWhole ? answerTo.subarray(prefix.length) : answerTo
  return { ...record, topic, headers: { ...record.headers, [replyTo]: name } }
}

function toWire(prefix: string, record: OutgoingRecord): OutgoingRecord {
  const topic = `${prefix}${record.topic}`
  const answerTo = record.headers[replyTo]
  if (answerTo === undefined) return { ...record, topic }
  const name = Buffer.concat([Buffer.from(prefix), Buffer.from(answerTo as string)])
  return { ...record, topic, headers: { ...record.headers, [replyTo]: name } }
}

export function prefixedBus(bus: Bus, prefix: string): Bus {
  const wire = (name: string) => `${prefix}${name}`
  /** Whoever handles the error knows the topic by its short name; its text tells the whole one. */
  const inside = (error: unknown): never => {
    if (!(error instanceof SagalineError) || typeof error.details['topic'] !== 'string') throw error
    const { code, message, status, retryable, details, cause } = error
    const topic = withoutPrefix(prefix, error.details['topic'])
    throw new SagalineError(code, { message, status, retryable }, { ...details, topic }, cause)
  }
  return {
    start: () => bus.start(),
    stop: () => bus.stop(),
    problem: () => bus.problem(),
    ensureTopics: (topics) =>
      bus.ensureTopics(topics.map((topic) => ({ ...topic, name: wire(topic.name) }))).catch(inside),
    publish: (records, options) =>
      bus
        .publish(
          records.map((record) => toWire(prefix, record)),
          options,
        )
        .catch(inside),
    subscribe: (options) =>
      bus
        .subscribe({
          ...options,
          groupId: wire(options.groupId),
          topics: options.topics.map(wire),
          handle: (records) => options.handle(records.map((record) => toInside(prefix, record))),
        })
        .catch(inside),
    lag: async (groupId, topics) => {
      const lags = await bus.lag(wire(groupId), topics.map(wire)).catch(inside)
      const named = Object.entries(lags).map(([name, lag]) => [withoutPrefix(prefix, name), lag])
      return Object.fromEntries(named)
    },
    edges: async (topics) => {
      const edges = await bus.edges(topics.map(wire)).catch(inside)
      const named = Object.entries(edges).map(([name, of]) => [withoutPrefix(prefix, name), of])
      return Object.fromEntries(named)
    },
  }
}
