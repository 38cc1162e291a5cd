// Which partition a key goes to: murmur2, as Kafka's own clients do, so that a Java producer with
// the same key meets the same partition. Called by the buses for every record.

const seed = 0x9747b28c
const multiplier = 0x5bd1e995
const shift = 24
const positiveMask = 0x7fffffff

/**
 * The partition that Kafka's default partitioner would choose; texts are UTF-8. Records without a
 * key, which it would spread, share one.
 */
export function partitionOf(key: string | Buffer | null, partitions: number): number {
  const bytes = typeof key === 'string' ? Buffer.from(key) : (key ?? Buffer.alloc(0))
  return (murmur2(bytes) & positiveMask) % partitions
}

/** Kafka's murmur2, as a signed 32-bit integer. */
export function murmur2(data: Uint8Array): number {
  const whole = data.length - (data.length % 4)
  let hash = seed ^ data.length
  for (let at = 0; at < whole; at += 4) {
    let word = byte(data, at) | (byte(data, at + 1) << 8)
    word |= (byte(data, at + 2) << 16) | (byte(data, at + 3) << 24)
    word = Math.imul(word, multiplier)
    word ^= word >>> shift
    hash = Math.imul(hash, multiplier) ^ Math.imul(word, multiplier)
  }
  return finish(data, whole, hash)
}

function finish(data: Uint8Array, whole: number, start: number): number {
  const left = data.length - whole
  let hash = start
  if (left === 3) hash ^= byte(data, whole + 2) << 16
  if (left >= 2) hash ^= byte(data, whole + 1) << 8
  if (left >= 1) hash = Math.imul(hash ^ byte(data, whole), multiplier)
  hash ^= hash >>> 13
  hash = Math.imul(hash, multiplier)
  return hash ^ (hash >>> 15)
}

function byte(data: Uint8Array, at: number): number {
  return data[at] ?? 0
}
