// The part of a fetch answer that may be read: batches whose checksum is that of their bytes. kafkajs
// checks none, so that a bit that fell over on a disk or on the way would be taken for what was said.
// Put in place by load-kafkajs.ts; mend-consumer-group.ts asks what was left out.
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
/** The oldest one without the checksum there; kafkajs reads older ones by themselves. */
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
    if (buffer.length < offset + sizeBytes) return original(decoder)
    const from = offset + sizeBytes
    const end = from + buffer.readInt32BE(offset)
    if (end > buffer.length || end < from + headBytes || isOlder(buffer, from)) {
      return original(decoder)
    }
    const wholeEnd = endOfWhole(buffer, from, end)
    if (wholeEnd === end) return original(decoder)
    decoder.offset = end
    if (wholeEnd > from) return original(cut(decoder, buffer.subarray(from, wholeEnd)))
    const none: RecordSet = []
    damaged.add(none)
    return none
  }
}

function isOlder(buffer: Buffer, at: number): boolean {
  const found = buffer[at + formatAt]
  return found !== undefined && found < format
}

/** Where the first one begins that is damaged, or the end: also behind one that is cut off. */
function endOfWhole(buffer: Buffer, from: number, end: number): number {
  let at = from
  while (end - at >= headBytes) {
    const next = at + lengthFrom + buffer.readInt32BE(at + lengthAt)
    // The first one is always sent whole.
    if (next > end) return at === from ? from : end
    if (next < at + headBytes || buffer[at + formatAt] !== format) return at
    const sum = crc32c(buffer.subarray(at + checkedFrom, next))
    if (sum !== buffer.readUInt32BE(at + checksumAt)) return at
    at = next
  }
  return end
}

/** A decoder of the same class, of these bytes with their size before them. */
function cut(decoder: ByteReader, batches: Buffer): ByteReader {
  const size = Buffer.alloc(sizeBytes)
  size.writeInt32BE(batches.length)
  const Decoder = decoder.constructor as new (bytes: Buffer) => ByteReader
  return new Decoder(Buffer.concat([size, batches]))
}
