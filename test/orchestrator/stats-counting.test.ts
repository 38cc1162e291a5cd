// What lifecycle events count for: the same in whatever order they come and however often, and to
// within five per cent of the durations themselves.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SagaId } from '../../messaging/message.ts'
import { eventsTopic } from '../../messaging/topics.ts'
import type { FactType } from '../../orchestrator/engine/event.ts'
import { type CountedSaga, countEvent, uncounted } from '../../orchestrator/stats/count-event.ts'
import { bucketOf, percentile } from '../../orchestrator/stats/duration-buckets.ts'
import { see } from '../../orchestrator/stats/seen-numbers.ts'
import { readTold, type Told, type ToldData } from '../../orchestrator/stats/told.ts'
import { Windows } from '../../orchestrator/stats/windows.ts'

const sagaId = '0198c5a0-0000-7000-8000-000000000001' as SagaId
const begun = Date.parse('2030-01-31T09:00:00Z')

type Event = Pick<Told, 'type' | 'at' | 'data'>
type Line = { readonly type: FactType; readonly afterS: number } & Partial<ToldData>

function eventsOf(lines: readonly Line[]): readonly Event[] {
  return lines.map(({ type, afterS, ...rest }, index) => {
    const data = { saga: { name: 'ship' }, seq: index + 1, ...rest }
    return { type, at: begun + afterS * 1_000, data }
  })
}

function counted(events: readonly Event[]) {
  const windows = new Windows()
  let saga: CountedSaga = uncounted
  for (const event of events) saga = countEvent(windows, saga, event) ?? saga
  const key = ({ at, step }: { at: number; step: string }) => `${(at - begun) / 60_000} ${step}`
  const all = windows.all().map((window) => [key(window), window] as const)
  return { windows: Object.fromEntries(all.toSorted(([a], [b]) => (a < b ? -1 : 1))), saga }
}

const sent = (step: string, attempt = 1) => ({ step, visit: 1, direction: 'do', attempt }) as const
const of = (step: string) => ({ step, visit: 1, direction: 'do', attempt: 1 }) as const

/** Refused after a retry; what was done before is undone, with one retry as well. */
const back: readonly Line[] = [
  { type: 'saga.started', afterS: 0, sent: [sent('shelf')] },
  { type: 'step.succeeded', afterS: 10, ...of('shelf'), sent: [sent('van')] },
  { type: 'command.sent', afterS: 50, ...sent('van', 2) },
  { type: 'step.refused', afterS: 70, ...of('van') },
  { type: 'saga.compensating', afterS: 70, sent: [{ ...sent('shelf'), direction: 'undo' }] },
  { type: 'command.sent', afterS: 75, ...sent('shelf', 2), direction: 'undo' },
  { type: 'saga.stuck', afterS: 80, ...of('shelf'), direction: 'undo' },
  { type: 'undo.succeeded', afterS: 130, ...of('shelf'), direction: 'undo' },
  { type: 'saga.compensated', afterS: 130 },
]

const none = { started: 0, completed: 0, compensated: 0, failed: 0, stuck: 0, retries: 0 }

describe('a saga', () => {
  it('counts in the minute of each event, its steps and itself', () => {
    const { windows } = counted(eventsOf(back))
    const shown = Object.entries(windows).map(([at, { counts, durations }]) => [
      at,
      counts,
      durations,
    ])
    expect(shown).toEqual([
      ['0 ', { ...none, started: 1, retries: 1 }, {}],
      ['0 shelf', { ...none, started: 1, completed: 1 }, { [bucketOf(10_000)]: 1 }],
      ['0 van', { ...none, started: 1, retries: 1 }, {}],
      ['1 ', { ...none, stuck: 1, retries: 1 }, {}],
      ['1 shelf', { ...none, stuck: 1, retries: 1 }, {}],
      ['1 van', { ...none, failed: 1 }, { [bucketOf(60_000)]: 1 }],
      ['2 ', { ...none, compensated: 1 }, { [bucketOf(130_000)]: 1 }],
      ['2 shelf', { ...none, compensated: 1 }, {}],
    ])
  })

  it('is remembered by little once it has ended', () => {
    const { saga } = counted(eventsOf(back))
    expect(saga).toEqual({ seen: [[1, 9]], life: { from: begun, isSettled: true }, steps: {} })
  })

  it('counts the same in any order, with any repeats', () => {
    const once = counted(eventsOf(back))
    const orders = fc.shuffledSubarray([...eventsOf(back), ...eventsOf(back)], {
      minLength: 2 * back.length,
    })
    fc.assert(
      fc.property(orders, (events) => {
        expect(counted(events)).toEqual(once)
      }),
    )
  })

  it('that lost its beginning counts without a duration', () => {
    const { windows } = counted(eventsOf(back).slice(8))
    expect(windows['2 ']).toMatchObject({ counts: { ...none, compensated: 1 }, durations: {} })
  })
})

describe('what is read of a record', () => {
  const data = { saga: { name: 'ship', version: 1 }, seq: 2, ...of('van'), sent: [sent('shelf')] }
  const headers = { ce_type: 'step.succeeded', ce_sagaid: sagaId, ce_time: '2030-01-31T09:00:00Z' }
  const recordOf = (value: unknown, changes: Readonly<Record<string, string>> = {}) => {
    const texts = Object.entries({ ...headers, ...changes })
    return {
      ...{ topic: eventsTopic, partition: 3, offset: 7n, timestamp: new Date(begun + 5) },
      key: Buffer.from(sagaId),
      value: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
      headers: Object.fromEntries(texts.map(([name, text]) => [name, Buffer.from(text)])),
    }
  }

  it('is the same with and without the entry, whatever else is called so', () => {
    const event = { sagaId, type: 'step.succeeded', at: begun, partition: 3, newestAt: begun }
    const entry = { event: { type: 'replied', entry: 'no, "entry": this' }, at: 1 }
    const inner = { ...data, detail: { a: 1, entry: { b: ',"entry":' } } }
    expect(readTold(recordOf(data), sagaId)).toEqual({ ...event, data })
    expect(readTold(recordOf({ ...data, entry }), sagaId)).toEqual({ ...event, data })
    expect(readTold(recordOf({ ...inner, entry }), sagaId)).toMatchObject({ ...event, data: inner })
  })

  it('is nothing of what no saga could have written', () => {
    const other = sagaId.replace('1', '2')
    const bad = [
      ...['', 'null', '[]', '{"seq":1}', '{"saga":{"name":"x"},"seq":1.5}', '{,"entry":'],
      ...[
        { ...data, seq: 0 },
        { ...data, saga: { name: 'x'.repeat(501) } },
      ],
      ...[
        { ...data, step: 'a\0' },
        { ...data, direction: 'up' },
        { ...data, sent: [{}] },
      ],
    ].map((value) => recordOf(value))
    const badHeaders = [{ ce_time: 'soon' }, { ce_sagaid: other }, { ce_time: '2030-01-31T09:02Z' }]
    const all = [...bad, ...badHeaders.map((changes) => recordOf(data, changes))]
    expect(all.map((record) => readTold(record, sagaId))).toEqual(all.map(() => null))
  })
})

describe('numbers that were seen', () => {
  it('are those, whatever came in between', () => {
    const numbers = fc.array(fc.integer({ min: 1, max: 30 }))
    fc.assert(
      fc.property(numbers, (all) => {
        let seen: readonly (readonly [number, number])[] = []
        const known = new Set<number>()
        for (const seq of all) {
          const next = see(seen, seq)
          expect(next === null).toBe(known.has(seq))
          known.add(seq)
          seen = next ?? seen
        }
        const listed = seen.flatMap(([from, to]) =>
          Array.from({ length: to - from + 1 }, (_, at) => from + at),
        )
        expect(listed).toEqual([...known].toSorted((a, b) => a - b))
      }),
    )
  })
})

describe('a percentile of buckets', () => {
  it('is within five per cent of the duration of that rank', () => {
    const durations = fc.array(fc.integer({ min: 0, max: 10_000_000 }), { minLength: 1 })
    fc.assert(
      fc.property(durations, fc.constantFrom(0.01, 0.5, 0.99, 1), (all, share) => {
        const buckets = new Map<number, number>()
        for (const ms of all) buckets.set(bucketOf(ms), (buckets.get(bucketOf(ms)) ?? 0) + 1)
        const rank = Math.max(1, Math.ceil(share * all.length))
        const exact = all.toSorted((a, b) => a - b)[rank - 1] ?? 0
        const found = percentile(buckets, share) ?? Number.NaN
        expect(Math.abs(found - exact)).toBeLessThanOrEqual(exact * 0.05 + 1)
      }),
    )
  })

  it('is null where there are none', () => {
    expect(percentile(new Map(), 0.5)).toBeNull()
  })
})
