// What a run records of its orders: ends, stalls, and answers that contradict each other.
import { expect, it } from 'vitest'
import { orderAt, type PlacedOrder } from './load.ts'
import { RunRecord } from './run-record.ts'

function recordAt() {
  const time = { ms: 1_000 }
  return { record: new RunRecord(() => time.ms), time }
}

const ofKind = (isIt: (order: PlacedOrder) => boolean): PlacedOrder => {
  const found = Array.from({ length: 100 }, (_, at) => orderAt(at)).find(isIt)
  if (found === undefined) throw new Error('no such order')
  return found
}
const good = ofKind(({ wanted }) => wanted === 'completed')
const refused = ofKind(({ wanted }) => wanted === 'compensated')

const answered = (status: string, id = 'saga-1') => ({ status: 200, body: { id, status } })

it('counts an order once it has ended, however often that is answered', () => {
  const { record } = recordAt()
  record.begin(good)
  expect(record.take(good, answered('running'))).toBe(false)
  expect(record.notEnded).toEqual([good.customer])
  expect(record.take(good, answered('completed'))).toBe(true)
  expect(record.take(good, answered('completed'))).toBe(true)
  expect(record).toMatchObject({ started: 1, ended: 1, notEnded: [], problems: [] })
  expect(record.starts).toEqual([{ id: 'saga-1', customer: good.customer }])
})

it('takes "later" for what it is, and anything else that is no success for a problem', () => {
  const { record } = recordAt()
  record.begin(good)
  expect(record.take(good, { status: 503, body: {} })).toBe(false)
  expect(record.take(good, { status: 408, body: {} })).toBe(false)
  expect(record.problems).toEqual([])
  expect(record.take(good, { status: 500, body: { code: 'x' } })).toBe(false)
  expect(record.problems.map(({ name }) => name)).toEqual(['answer.unexpected'])
})

it('finds two sagas for one key, an end that changes, and one that nobody asked for', () => {
  const { record } = recordAt()
  record.begin(good)
  record.take(good, answered('running', 'saga-1'))
  record.take(good, answered('completed', 'saga-2'))
  record.take(good, answered('compensated', 'saga-2'))
  record.begin(refused)
  record.take(refused, answered('completed', 'saga-3'))
  const other = ofKind(
    ({ wanted, customer }) => wanted === 'completed' && customer !== good.customer,
  )
  record.begin(other)
  record.take(other, answered('compensated', 'saga-4'))
  expect(record.problems).toMatchObject([
    { name: 'start.two-sagas' },
    { name: 'outcome.wrong', subject: `${good.customer}: completed, compensated` },
    { name: 'outcome.wrong', subject: `${refused.customer}: completed, though it was refused` },
    { name: 'outcome.wrong', subject: `${other.customer}: compensated, and nobody refused it` },
  ])
})

it('knows the longest stall and saga, and when the last owed one ended', () => {
  const { record, time } = recordAt()
  record.begin(good)
  record.begin(refused)
  time.ms += 2_500
  record.take(refused, answered('compensated'))
  time.ms += 4_000
  record.take(good, answered('completed'))
  expect(record.endedPerSecond).toEqual([0, 0, 1, 0, 0, 0, 1])
  expect(record).toMatchObject({ longestStallMs: 4_000, longestSagaMs: 6_500 })
  expect(record.owedUntilMs(0)).toBe(6_500)
})
