// Offsets may be committed up to the first record that is not settled.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { OffsetMarks } from '../../messaging/offset-marks.ts'
import { incomingRecord } from './incoming-record.ts'

const batch = (partition: number, ...offsets: readonly number[]) =>
  offsets.map((offset) => incomingRecord(partition, offset))

const topic = 'orders.commands'

test('nothing is marked before it is settled', () => {
  const marks = new OffsetMarks()
  marks.take(batch(0, 1, 2))
  expect(marks.uncommitted()).toEqual([])
})

test('the mark is one above the last settled record', () => {
  const marks = new OffsetMarks()
  marks.take(batch(3, 5, 6))()
  expect(marks.uncommitted()).toEqual([{ topic, partition: 3, offset: 7n }])
})

test('what settles early waits for what came before it in its partition', () => {
  const marks = new OffsetMarks()
  const first = marks.take([...batch(0, 1), ...batch(1, 1)])
  const second = marks.take([...batch(0, 2), ...batch(2, 9)])
  second()
  expect(marks.uncommitted()).toEqual([{ topic, partition: 2, offset: 10n }])
  first()
  expect(marks.uncommitted().map(({ offset }) => offset)).toEqual([3n, 2n, 10n])
})

test('what was committed is not offered again until there is more', () => {
  const marks = new OffsetMarks()
  marks.take(batch(0, 1))()
  const uncommitted = marks.uncommitted()
  marks.committed(uncommitted)
  expect(marks.uncommitted()).toEqual([])
  marks.take(batch(0, 2))()
  expect(marks.uncommitted()).toEqual([{ topic, partition: 0, offset: 3n }])
})

test('in whatever order batches settle, no mark passes an unsettled record', () => {
  const order = fc.shuffledSubarray(Array.from({ length: 12 }, (_, index) => index))
  fc.assert(
    fc.property(order, (settledOrder) => {
      const marks = new OffsetMarks()
      const settles = Array.from({ length: 12 }, (_, at) => marks.take(batch(at % 3, at)))
      const settled = new Set<number>()
      for (const at of settledOrder) {
        settles[at]?.()
        settled.add(at)
        for (const mark of marks.uncommitted()) {
          for (let offset = mark.partition; offset < mark.offset; offset += 3) {
            expect(settled.has(offset)).toBe(true)
          }
        }
      }
    }),
  )
})
