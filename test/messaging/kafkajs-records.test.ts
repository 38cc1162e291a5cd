// The replaced parts of kafkajs write and read the same bytes as the original ones.
import { createRequire } from 'node:module'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { crc32c } from '../../messaging/kafka/crc32c.ts'
import {
  type BatchContext,
  createRecordDecoder,
  type RecordDecoder,
} from '../../messaging/kafka/record-decoder.ts'
import {
  createRecordEncoder,
  type RecordEncoder,
  type RecordToEncode,
} from '../../messaging/kafka/record-encoder.ts'

const require = createRequire(import.meta.url)
const folder = 'kafkajs/src/protocol/recordBatch/record/v0'
const originalEncode = require(folder) as RecordEncoder
const originalDecode = require(`${folder}/decoder.js`) as RecordDecoder
const Decoder = require('kafkajs/src/protocol/decoder') as new (
  buffer: Buffer,
) => {
  readonly buffer: Buffer
  offset: number
  readVarIntBytes(): Buffer
}

const encode = createRecordEncoder(originalEncode)
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
const record: fc.Arbitrary<RecordToEncode> = fc.record({
  offsetDelta: fc.integer({ min: 0, max: 100_000 }),
  timestampDelta: fc.constantFrom(0, 0, 0, 1, 70_000),
  key: fc.oneof(text, bytes, fc.constant(null)),
  value: fc.oneof(text, bytes, fc.constant(null)),
  headers: fc.dictionary(name, fc.oneof(text, bytes, fc.array(text, { maxLength: 3 })), {
    noNullPrototype: true,
  }),
})

test('records are written byte for byte as kafkajs writes them', () => {
  fc.assert(
    fc.property(record, (it) => {
      expect(encode(it).buffer).toEqual(originalEncode(it).buffer)
    }),
    { numRuns: 1_000 },
  )
})

test('records are read as kafkajs reads them', () => {
  fc.assert(
    fc.property(record, (it) => {
      const written = originalEncode(it).buffer
      const reader = () => new Decoder(new Decoder(written).readVarIntBytes())
      expect(decode(reader(), context)).toEqual(originalDecode(reader(), context))
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

test('reading damaged bytes ends', () => {
  fc.assert(
    fc.property(bytes, (damaged) => {
      decode({ buffer: damaged, offset: 0 }, context)
    }),
  )
})
