// What is read of a fetch answer: whole batches up to the first damaged one, else what kafkajs reads.
import { createRequire } from 'node:module'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  isDamaged,
  type RecordSetDecoder,
  withDamageFoundByBroker,
  withoutDamaged,
} from '../../messaging/kafka/whole-batches.ts'
import { originalOf } from './original-kafkajs.ts'

const require = createRequire(import.meta.url)
const protocol = 'kafkajs/src/protocol'
const Decoder = require(`${protocol}/decoder`) as new (
  bytes: Buffer,
) => { readonly buffer: Buffer; offset: number }
const encodeRecord = require(`${protocol}/recordBatch/record/v0`) as (record: object) => object
const { RecordBatch } = require(`${protocol}/recordBatch/v0`) as {
  readonly RecordBatch: (batch: object) => Promise<{ readonly buffer: Buffer }>
}

const original = originalOf<RecordSetDecoder>(`${protocol}/requests/fetch/v4/decodeMessages.js`)
const decode = withoutDamaged(original)

/** Where the format stands in a batch, and from where its checksum counts. */
const formatAt = 16
const checkedFrom = 21

async function batchOf(values: readonly string[]): Promise<Buffer> {
  const records = values.map((value, offsetDelta) => {
    return encodeRecord({ offsetDelta, timestampDelta: 0, key: 'k', value, headers: {} })
  })
  const times = { firstTimestamp: 1, maxTimestamp: 1 }
  return (await RecordBatch({ ...times, records, lastOffsetDelta: values.length - 1 })).buffer
}

/** A partition's part of an answer, with the next one's first bytes. */
function setOf(batches: readonly Buffer[]): Buffer {
  const size = Buffer.alloc(4)
  size.writeInt32BE(batches.reduce((sum, { length }) => sum + length, 0))
  return Buffer.concat([size, ...batches, Buffer.from('next')])
}

async function read(by: RecordSetDecoder, bytes: Buffer) {
  const decoder = new Decoder(bytes)
  const records = await by(decoder)
  const values = records.map((record) => String((record as { readonly value: Buffer }).value))
  return { records, values, restAt: decoder.offset }
}

const batches = fc.array(fc.array(fc.string({ maxLength: 20 }), { minLength: 1, maxLength: 3 }), {
  minLength: 1,
  maxLength: 4,
})

it('reads what is whole as kafkajs does, also where the last batch is cut off', async () => {
  const property = fc.asyncProperty(batches, fc.nat(200), async (lists, missing) => {
    const made = await Promise.all(lists.map(batchOf))
    const last = made.at(-1) ?? Buffer.alloc(0)
    const isFirst = made.length === 1
    const kept = isFirst ? last : last.subarray(0, Math.max(0, last.length - missing))
    const bytes = setOf([...made.slice(0, -1), kept])
    expect(await read(decode, bytes)).toEqual(await read(original, bytes))
  })
  await fc.assert(property)
})

it('reads up to the batch whose checksum is wrong by any bit, and nothing behind it', async () => {
  const at = fc.record({ batch: fc.nat(), byte: fc.nat(), bit: fc.nat(7) })
  const property = fc.asyncProperty(batches, at, async (lists, { batch, byte, bit }) => {
    const made = await Promise.all(lists.map(batchOf))
    const index = batch % made.length
    const damaged = made[index] ?? Buffer.alloc(0)
    const place = checkedFrom + (byte % (damaged.length - checkedFrom))
    damaged.writeUInt8(damaged.readUInt8(place) ^ (1 << bit), place)
    const bytes = setOf(made)
    const { records, values, restAt } = await read(decode, bytes)
    expect(values).toEqual(lists.slice(0, index).flat())
    expect(restAt).toBe(bytes.length - 'next'.length)
    expect(isDamaged(records)).toBe(index === 0)
  })
  await fc.assert(property, { numRuns: 500 })
})

/** The head of a batch says `length`, and its checksum is `sum`. */
const withLength = (length: number, sum?: number) => (one: Buffer) => {
  one.writeInt32BE(length, 8)
  if (sum !== undefined) one.writeUInt32BE(sum, 17)
}

it.each([
  ['its length is more than what was sent', withLength(10_000)],
  ['its length is less than a head', withLength(40)],
  // That of no bytes.
  ['it ends where it begins', withLength(-12, 0)],
  ['its format is a later one', (one: Buffer) => one.writeUInt8(6, formatAt)],
  [
    "its format is an older one, with this one's checksum",
    (one: Buffer) => one.writeUInt8(0, formatAt),
  ],
])('a first batch is damaged when %s', async (_, damage) => {
  const one = await batchOf(['one'])
  damage(one)
  for (const batches of [[one], [one, await batchOf(['next'])]]) {
    const { records } = await read(decode, setOf(batches))
    expect([records, isDamaged(records)]).toEqual([[], true])
  }
})

it('a later batch whose length is more than what was sent counts as one that is cut off', async () => {
  const [first, last] = [await batchOf(['first']), await batchOf(['last'])]
  withLength(10_000)(last)
  const { records, values } = await read(decode, setOf([first, last]))
  expect([values, isDamaged(records)]).toEqual([['first'], false])
})

it('is damaged where nothing but empty batches comes before it, as compaction leaves them', async () => {
  const damaged = await batchOf(['one'])
  damaged.writeUInt8(damaged.readUInt8(checkedFrom) ^ 1, checkedFrom)
  const { records } = await read(decode, setOf([await batchOf([]), damaged]))
  expect([records, isDamaged(records)]).toEqual([[], true])
})

it('leaves the older formats to kafkajs, and what is no batch', async () => {
  const older = await batchOf(['one'])
  older.writeUInt8(1, formatAt)
  older.writeUInt32BE(7, 17)
  const seen: Buffer[] = []
  const watched = withoutDamaged(async ({ buffer }) => {
    seen.push(Buffer.from(buffer))
    return []
  })
  const ofNow = setOf([await batchOf(['one'])])
  const given = [setOf([older]), setOf([]), Buffer.alloc(2), setOf([Buffer.alloc(30)])]
  const cutOff = ofNow.subarray(0, ofNow.length - 10)
  for (const bytes of [...given, cutOff]) await watched(new Decoder(Buffer.from(bytes)))
  expect(seen).toEqual([...given, cutOff])
})

it('leaves other errors of a partition to kafkajs', async () => {
  const seen: unknown[] = []
  const { parse } = withDamageFoundByBroker({
    parse: async (answer) => {
      seen.push(structuredClone(answer))
      return answer
    },
  })
  const answer = { responses: [{ partitions: [{ errorCode: 6, messages: [] }] }] }
  await parse(answer)
  expect(seen).toEqual([answer])
})
