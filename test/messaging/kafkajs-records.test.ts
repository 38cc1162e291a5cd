// The replaced parts of kafkajs write and read the same bytes as the original ones.
import { createRequire } from 'node:module'
import fc from 'fast-check'
import { expect, onTestFinished, test, vi } from 'vitest'
import { crc32c } from '../../messaging/kafka/crc32c.ts'
import { groupMessages, type MessageGrouping } from '../../messaging/kafka/group-messages.ts'
import {
  createProduceRequest,
  type MessageToEncode,
  type ProduceRequest,
} from '../../messaging/kafka/produce-encoder.ts'
import {
  type BatchContext,
  createRecordDecoder,
  type RecordDecoder,
} from '../../messaging/kafka/record-decoder.ts'
import { encodeRequest, type RequestEncoder } from '../../messaging/kafka/request-encoder.ts'
import { originalOf } from './original-kafkajs.ts'

const require = createRequire(import.meta.url)

const folder = 'kafkajs/src/protocol/recordBatch/record/v0'
const originalEncode = originalOf<(record: RecordToEncode) => { readonly buffer: Buffer }>(folder)
const originalDecode = originalOf<RecordDecoder>(`${folder}/decoder.js`)
const Decoder = require('kafkajs/src/protocol/decoder') as new (
  buffer: Buffer,
) => {
  readonly buffer: Buffer
  offset: number
  readVarIntBytes(): Buffer
}

const originalProduce = originalOf<ProduceRequest>(
  'kafkajs/src/protocol/requests/produce/v3/request.js',
)
const originalRequest = originalOf<RequestEncoder>('kafkajs/src/protocol/request.js')
const originalGrouping = originalOf<MessageGrouping>(
  'kafkajs/src/producer/groupMessagesPerPartition.js',
)
const now = 1_790_000_000_000
const produce = createProduceRequest(originalProduce, () => now)
const decode = createRecordDecoder()

const context: BatchContext = {
  firstOffset: '9007199254740990',
  firstTimestamp: '1790000000000',
  magicByte: 2,
}

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array))
const text = fc.string({ unit: 'binary', maxLength: 200 })
// kafkajs takes names like toString for headers that it has met already.
const name = fc.string({ minLength: 1, maxLength: 40 }).filter((it) => !(it in {}))
type RecordToEncode = MessageToEncode & {
  readonly offsetDelta: number
  readonly timestampDelta: number
}
const record: fc.Arbitrary<RecordToEncode> = fc.record({
  offsetDelta: fc.integer({ min: 0, max: 100_000 }),
  timestampDelta: fc.constantFrom(0, 0, 0, 1, 70_000),
  key: fc.oneof(text, bytes, fc.constant(null)),
  value: fc.oneof(text, bytes, fc.constant(null)),
  headers: fc.dictionary(name, fc.oneof(text, bytes, fc.array(text, { maxLength: 3 })), {
    noNullPrototype: true,
  }),
})

/** What Sagaline sends, of every size, and now and then a shape that it never sends. */
const message: fc.Arbitrary<MessageToEncode> = fc.record({
  key: fc.oneof(
    { weight: 20, arbitrary: text },
    { weight: 1, arbitrary: fc.oneof(bytes, fc.constant(null)) },
  ),
  value: fc.oneof(
    { weight: 20, arbitrary: text },
    { weight: 5, arbitrary: bytes },
    { weight: 2, arbitrary: fc.nat(300_000).map((length) => 'x'.repeat(length)) },
    { weight: 1, arbitrary: fc.constant(null) },
  ),
  headers: fc.dictionary(
    name,
    fc.oneof({ weight: 30, arbitrary: text }, { weight: 1, arbitrary: bytes }),
    { noNullPrototype: true },
  ),
})
const topicData = fc.array(
  fc.record({
    topic: fc.string({ minLength: 1, maxLength: 30 }),
    partitions: fc.array(
      fc.record({
        partition: fc.nat(50),
        messages: fc.array(message, { minLength: 1, maxLength: 5 }),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  }),
  { maxLength: 3 },
)

test('produce requests are written byte for byte as kafkajs writes them', async () => {
  vi.useFakeTimers({ now, toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
  await fc.assert(
    fc.asyncProperty(topicData, fc.nat(2 ** 31 - 1), async (data, correlationId) => {
      const given = { acks: -1, timeout: 10_000, producerId: -1, topicData: data }
      const head = { correlationId, clientId: 'orders-é' }
      const mended = await encodeRequest({ ...head, request: usual(produce, given) })
      const original = await originalRequest({ ...head, request: usual(originalProduce, given) })
      expect(mended.buffer.equals(original.buffer)).toBe(true)
      expect(mended.size()).toBe(original.size())
    }),
    { numRuns: 150 },
  )
})

/** Version 7 is version 3 with another number. */
function usual(make: ProduceRequest, given: Parameters<ProduceRequest>[0]) {
  return { ...make(given), apiVersion: 7 }
}

test('messages are sorted by partition as kafkajs sorts them', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ partition: fc.nat(9) })), (messages) => {
      const partitioner = (of: { readonly message: { readonly partition: number } }) =>
        of.message.partition
      const given = { topic: 'orders', partitionMetadata: [{}], messages, partitioner }
      expect(Object.entries(groupMessages(given))).toEqual(Object.entries(originalGrouping(given)))
    }),
  )
  const nobody = { topic: 'orders', partitionMetadata: [], messages: [1], partitioner: () => 0 }
  expect(groupMessages(nobody)).toEqual(originalGrouping(nobody))
})

test('records are read as kafkajs reads them', () => {
  fc.assert(
    fc.property(record, (it) => {
      const written = originalEncode(it).buffer
      const reader = () => new Decoder(new Decoder(written).readVarIntBytes())
      const original = originalDecode(reader(), context)
      expect(decode(reader(), context)).toEqual(original)
      // Names that came before are not read again.
      expect(decode(reader(), context)).toEqual(original)
    }),
    { numRuns: 1_000 },
  )
})

test('checksums are those of kafkajs', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283)
  const original = require('kafkajs/src/protocol/recordBatch/crc32C') as (data: Buffer) => number
  fc.assert(
    fc.property(bytes, (data) => {
      expect(crc32c(data)).toBe(original(data))
    }),
  )
})

test('a name of less than no bytes does not lead back to what was read', () => {
  // Nothing, no key and no value, 1,000 headers; the name of the first is -2 bytes long.
  const damaged = Buffer.from([0, 0, 0, 1, 1, 0xd0, 0x0f, 0x03, 0x01])
  const { headers } = decode({ buffer: damaged, offset: 0 }, context)
  expect(Object.values(headers).flat().length).toBeLessThan(damaged.length)
})

test('reading damaged bytes ends', () => {
  fc.assert(
    fc.property(bytes, (damaged) => {
      decode({ buffer: damaged, offset: 0 }, context)
    }),
  )
})
