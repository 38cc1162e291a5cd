// Partitions are those that Java clients choose.
import { expect, test } from 'vitest'
import { murmur2, partitionOf } from '../../messaging/partition.ts'

// From the tests of Kafka's own Java client.
test.each([
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
])('murmur2 of %s is what Java computes', (text, hash) => {
  expect(murmur2(Buffer.from(text))).toBe(hash)
})

test('the partition is never negative and below the count', () => {
  for (let at = 0; at < 500; at += 1) {
    const partition = partitionOf(`key ${at} ü`, 7)
    expect(partition).toBeGreaterThanOrEqual(0)
    expect(partition).toBeLessThan(7)
  }
})

test('one key always meets the same partition, and keys spread', () => {
  const counts = [0, 0, 0, 0]
  for (let at = 0; at < 4_000; at += 1) {
    const partition = partitionOf(`saga-${at}`, counts.length)
    expect(partitionOf(`saga-${at}`, counts.length)).toBe(partition)
    counts[partition] = (counts[partition] ?? 0) + 1
  }
  for (const count of counts) expect(count).toBeGreaterThan(800)
})
