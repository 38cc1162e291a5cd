// What other producers compress by, and kafkajs cannot read: snappy, lz4 and zstd. The first two
// pack nothing here, which their formats allow; the broker reads them all.
import { zstdCompressSync } from 'node:zlib'
import { CompressionCodecs, CompressionTypes } from 'kafkajs'

export const foreignCompressions = [
  { name: 'snappy', type: CompressionTypes.Snappy },
  { name: 'lz4', type: CompressionTypes.LZ4 },
  { name: 'zstd', type: CompressionTypes.ZSTD },
] as const

const packers = new Map<CompressionTypes, (plain: Buffer) => Buffer>([
  [CompressionTypes.Snappy, snappy],
  [CompressionTypes.LZ4, lz4],
  [CompressionTypes.ZSTD, (plain) => zstdCompressSync(plain)],
])

/** Producers can write them from now on; who reads them still cannot. Answers how to end that. */
export function useForeignCodecs(): () => void {
  const codecs = CompressionCodecs as Record<number, unknown>
  const before = { ...codecs }
  for (const [type, pack] of packers) {
    const missing = before[type] as () => never
    const compress = async ({ buffer }: { readonly buffer: Buffer }) => pack(buffer)
    codecs[type] = () => ({ compress, decompress: async () => missing() })
  }
  return () => {
    for (const [type] of packers) codecs[type] = before[type]
  }
}

/** The frame of the Java library around one literal. */
function snappy(plain: Buffer): Buffer {
  const block = Buffer.concat([varint(plain.length), literalTag(plain.length), plain])
  const head = Buffer.from([0x82, ...Buffer.from('SNAPPY'), 0, 0, 0, 0, 1, 0, 0, 0, 1])
  const length = Buffer.alloc(4)
  length.writeInt32BE(block.length)
  return Buffer.concat([head, length, block])
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  let left = value
  for (; left >= 0x80; left >>>= 7) bytes.push((left & 0x7f) | 0x80)
  return Buffer.from([...bytes, left])
}

/** Its length less one follows in two bytes. */
function literalTag(length: number): Buffer {
  const tag = Buffer.from([61 << 2, 0, 0])
  tag.writeUInt16LE(length - 1, 1)
  return tag
}

/** Magic, flags, block size of 64 KiB and the checksum of these; one stored block; the end. */
function lz4(plain: Buffer): Buffer {
  const head = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82])
  const length = Buffer.alloc(4)
  length.writeUInt32LE((plain.length | 0x80000000) >>> 0)
  return Buffer.concat([head, length, plain, Buffer.alloc(4)])
}
