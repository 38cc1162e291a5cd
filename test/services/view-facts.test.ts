// What the view makes of events: the same row, in whatever order they come, however often and however
// they are cut into batches; and what Postgres merges is what the rule says.
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ReceivedEvent } from '../../participant/index.ts'
import {
  factsOf,
  mergeFacts,
  type OrderFacts,
  viewedEvents,
} from '../../services/customers-view/facts.ts'
import { findOrder } from '../../services/customers-view/order-rows.ts'
import { writeEvents } from '../../services/customers-view/write-events.ts'
import { newV4 } from '../participant/stub-bus.ts'
import { createTestDatabase, type TestDatabase } from '../participant/test-database.ts'

let database: TestDatabase

beforeAll(async () => {
  database = await createTestDatabase(['messaging', 'participant', 'view'])
  await database.db.query(
    `insert into event_consumers (consumer, generation, state) values ('customers-view', 1, 'serving')`,
  )
})

afterAll(() => database.drop())

const begun = Date.parse('2030-01-31T09:00:00Z')
const data: Readonly<Record<string, unknown>> = {
  'order.created': { customerId: 'ann', amount: 5 },
  'payment.taken': { amount: 5 },
  'payment.declined': { amount: 5, reason: 'amount-over-limit' },
  'payment.refunded': { amount: 5 },
}

/** What may have been told of an order until now, a whole life or a part of one. */
const lives = [
  ['order.created', 'payment.taken', 'order.completed'],
  ['order.created', 'payment.declined', 'order.cancelled'],
  ['order.created', 'payment.taken', 'payment.refunded', 'order.cancelled'],
]

const toldAnyhow = fc.constantFrom(...lives).chain((life) =>
  fc.record({
    life: fc.constant(life),
    told: fc.array(fc.nat({ max: life.length - 1 }), { minLength: 1, maxLength: 8 }),
    cut: fc.nat({ max: 8 }),
  }),
)

function eventOf(key: string, life: readonly string[], at: number): ReceivedEvent {
  const type = life[at] ?? ''
  const time = new Date(begun + at * 1_000)
  const about = { type, key, time, data: data[type] ?? {}, generation: 1 }
  return { id: `${key}/${at}`, source: 'test', sagaId: null, ...about }
}

const fold = (events: readonly ReceivedEvent[]): OrderFacts | null =>
  events
    .map(factsOf)
    .reduce<OrderFacts | null>((known, one) => (known ? mergeFacts(known, one) : one), null)

test('it views every event that it has a life for', () => {
  expect(new Set(lives.flat())).toEqual(new Set(viewedEvents.map(({ name }) => name)))
})

test('any telling of the same events makes the same row, in memory and in Postgres', async () => {
  await fc.assert(
    fc.asyncProperty(toldAnyhow, async ({ life, told, cut }) => {
      const id = newV4()
      const events = told.map((at) => eventOf(id, life, at))
      const inOrder = [...new Set(told)].toSorted().map((at) => eventOf(id, life, at))
      const wanted = fold(inOrder)
      expect(fold(events)).toEqual(wanted)
      for (const batch of [events.slice(0, cut), events.slice(cut)]) {
        await database.db.transaction((tx) => writeEvents(tx, batch))
      }
      const row = await findOrder(database.db, id)
      expect({ ...row, changedAt: row?.changedAt.getTime() }).toEqual(wanted)
    }),
    { numRuns: 150 },
  )
})

test('the end of a whole life is what its last events say', () => {
  const ends = lives.map((life) => fold(life.map((_, at) => eventOf('one', life, at))))
  expect(ends.map((end) => `${end?.orderStatus} ${end?.paymentStatus}`)).toEqual([
    'COMPLETED TAKEN',
    'CANCELLED DECLINED',
    'CANCELLED REFUNDED',
  ])
})
