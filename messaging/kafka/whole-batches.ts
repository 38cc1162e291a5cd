// The part of a fetch answer that may be read: batches whose checksum is that of their bytes. kafkajs
// looks at none, so that a flipped bit of a disk or of the way would be taken for what was said. Put in
// place by load-kafkajs.ts; damaged-partitions.ts asks what was left out.
import { crc32c } from './crc32c.ts'

/** kafkajs's decoder, of a partition's part of the answer. */
type ByteReader = { readonly buffer: Buffer; offset: number }

export type RecordSet = readonly object[]

export type RecordSetDecoder = (decoder: ByteReader) => Promise<RecordSet>

const sizeBytes = 4
/** Of a batch, where its length stands, and from where that counts. */
const lengthAt = 8
const lengthFrom = 12
const formatAt = 16
const checksumAt = 17
const checkedFrom = 21
/** Up to its records; a rest that is shorter is none. */
const headBytes = 61
/** The oldest one with the checksum there; kafkajs reads older ones by themselves. */
const format = 2

const damaged = new WeakSet<RecordSet>()

/** There were records, and none of them can be read; what comes behind them was not looked at. */
export function isDamaged(records: RecordSet): boolean {
  return damaged.has(records)
}

/**
 * What follows a damaged batch is left out with it, so that nobody goes on behind it: the next fetch
 * begins there. The last one of an answer is often cut off, which kafkajs leaves out by itself.
 */
export function withoutDamaged(original: RecordSetDecoder): RecordSetDecoder {
  return async (decoder) => {
    const { buffer, offset } = decoder
    const from = offset + sizeBytes
    const end = from > buffer.length ? from : from + buffer.readInt32BE(offset)
    if (end > buffer.length || end < from + headBytes || isOlder(buffer, from)) {
      return original(decoder)
    }
    const wholeEnd = endOfWhole(buffer, from, end)
    if (wholeEnd === end) return original(decoder)
    // As if the broker had sent no more.
    buffer.writeInt32BE(wholeEnd - from, offset)
    const records = await original(decoder)
    decoder.offset = end
    if (records.length === 0) damaged.add(records)
    return records
  }
}

/** Of a format without the checksum, and not one with it whose format byte is damaged. */
function isOlder(buffer: Buffer, at: number): boolean {
  return (buffer[at + formatAt] ?? format) < format && !fitsChecksum(buffer, at)
}

/** Where the first one begins that is damaged, or the end: also behind one that is cut off. */
function endOfWhole(buffer: Buffer, from: number, end: number): number {
  let at = from
  while (end - at >= headBytes) {
    const next = nextOf(buffer, at)
    // The first one is always sent whole.
    if (next > end) return at === from ? from : end
    if (buffer[at + formatAt] !== format || !fitsChecksum(buffer, at)) return at
    at = next
  }
  return end
}

function nextOf(buffer: Buffer, at: number): number {
  return at + lengthFrom + buffer.readInt32BE(at + lengthAt)
}

function fitsChecksum(buffer: Buffer, at: number): boolean {
  const next = nextOf(buffer, at)
  if (next < at + headBytes) return false
  return crc32c(buffer.subarray(at + checkedFrom, next)) === buffer.readUInt32BE(at + checksumAt)
}

type Answer = {
  readonly responses: readonly {
    readonly partitions: readonly { errorCode: number; messages: RecordSet }[]
  }[]
}

export type FetchAnswerModule = { readonly parse: (answer: Answer) => Promise<Answer> }

/** The broker has found it damaged itself, and sends nothing of that partition. */
const corruptMessage = 2

/** kafkajs would throw all other partitions' records away with it, and ask again and again. */
export function withDamageFoundByBroker(original: FetchAnswerModule): FetchAnswerModule {
  const parse = (answer: Answer) => {
    for (const { partitions } of answer.responses) {
      for (const partition of partitions) {
        if (partition.errorCode !== corruptMessage) continue
        partition.errorCode = 0
        partition.messages = []
        damaged.add(partition.messages)
      }
    }
    return original.parse(answer)
  }
  return { ...original, parse }
}
