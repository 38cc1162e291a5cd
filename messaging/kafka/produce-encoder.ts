// Writes a produce request byte for byte as kafkajs does, in one pass into one buffer. kafkajs
// makes an encoder for each header, copies each record six times on its way out, and clears every
// buffer first: a sixth of the orchestrator's time. Put in place by load-kafkajs.ts.
import { ByteWriter } from './byte-writer.ts'
import { crc32c } from './crc32c.ts'

export type MessageToEncode = {
  readonly key?: string | Buffer | null
  readonly value: string | Buffer | null
  readonly headers?: Readonly<Record<string, unknown>>
  readonly timestamp?: unknown
}

export type ProduceToEncode = {
  readonly acks: number
  readonly timeout: number
  readonly transactionalId?: string | null
  readonly producerId?: unknown
  readonly compression?: number
  readonly topicData: readonly {
    readonly topic: string
    readonly partitions: readonly {
      readonly partition: number
      readonly messages: readonly MessageToEncode[]
    }[]
  }[]
}

/** What kafkajs reads of an encoder. */
export type Encoded = {
  readonly buf: Buffer
  readonly buffer: Buffer
  readonly offset: number
  size(): number
}

type Request = {
  readonly apiKey: number
  readonly apiVersion: number
  readonly encode: () => Promise<Encoded>
}

export type ProduceRequest = (given: ProduceToEncode) => Request

/** Shared: a request is written without a pause, and copied out of it. */
const writer = new ByteWriter()

/** What Sagaline never sends goes to the original. `now` in ms since the epoch. */
export function createProduceRequest(original: ProduceRequest, now: () => number): ProduceRequest {
  return (given) => {
    const request = original(given)
    if (!isUsual(given)) return request
    const encode = () => {
      const bytes = encodeProduce(given, now())
      return bytes === null ? request.encode() : Promise.resolve(encoded(bytes))
    }
    return { ...request, encode }
  }
}

/** Neither compressed nor idempotent: the producer's id is the number that stands for none. */
function isUsual({
  compression = 0,
  transactionalId = null,
  producerId,
}: ProduceToEncode): boolean {
  return compression === 0 && transactionalId === null && String(producerId ?? -1) === '-1'
}

export function encoded(buffer: Buffer): Encoded {
  return { buf: buffer, buffer, offset: buffer.length, size: () => buffer.length }
}

/** Null when a message is of a shape that the original must write. */
function encodeProduce({ acks, timeout, topicData }: ProduceToEncode, now: number): Buffer | null {
  writer.start()
  writer.int16(noText)
  writer.int16(acks)
  writer.int32(timeout)
  writer.int32(topicData.length)
  for (const { topic, partitions } of topicData) {
    writer.int16(Buffer.byteLength(topic))
    writer.utf8(topic)
    writer.int32(partitions.length)
    for (const { partition, messages } of partitions) {
      writer.int32(partition)
      if (!writeBatch(messages, now)) return null
    }
  }
  return writer.copy()
}

const noText = -1
const magic = 2
const leaderEpoch = 0
/** Of a producer that is not idempotent; the id is -1 in 64 bits. */
const producerEpoch = 0
const firstSequence = 0

function writeBatch(messages: readonly MessageToEncode[], now: number): boolean {
  const sizeAt = writer.reserve32()
  writer.int64(0)
  const lengthAt = writer.reserve32()
  writer.int32(leaderEpoch)
  writer.int8(magic)
  const crcAt = writer.reserve32()
  const checkedFrom = writer.at
  writer.int16(0)
  writer.int32(messages.length - 1)
  writer.int64(now)
  writer.int64(now)
  writer.int32(-1)
  writer.int32(-1)
  writer.int16(producerEpoch)
  writer.int32(firstSequence)
  writer.int32(messages.length)
  let offsetDelta = 0
  for (const message of messages) {
    if (!writeRecord(message, offsetDelta)) return false
    offsetDelta += 1
  }
  writer.patch32(crcAt, crc32c(writer.written(checkedFrom)))
  writer.patch32(lengthAt, writer.at - lengthAt - 4)
  writer.patch32(sizeAt, writer.at - sizeAt - 4)
  return true
}

function writeRecord(message: MessageToEncode, offsetDelta: number): boolean {
  const { key, value, headers = {}, timestamp } = message
  if (typeof key !== 'string' || value === null || (timestamp ?? null) !== null) return false
  const start = writer.startSized()
  // Neither attributes nor a time of its own.
  writer.int8(0)
  writer.int8(0)
  writer.varInt(offsetDelta)
  writer.sizedText(key)
  if (typeof value === 'string') writer.sizedText(value)
  else writer.sizedBytes(value)
  const names = Object.keys(headers)
  writer.varInt(names.length)
  for (const name of names) {
    const text = headers[name]
    if (typeof text !== 'string') return false
    writer.sizedText(name)
    writer.sizedText(text)
  }
  writer.endSized(start)
  return true
}
