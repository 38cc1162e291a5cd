// What events told between two goes: which sagas a go takes, and when a batch of records is settled.
import { describe, expect, it } from 'vitest'
import type { IncomingRecord } from '../../messaging/bus.ts'
import { eventsTopic } from '../../messaging/topics.ts'
import type { FactType } from '../../orchestrator/engine/event.ts'
import { type Gathered, GatheredEvents } from '../../orchestrator/follow/gathered-events.ts'

const idOf = (saga: number) => `0198c5a0-0000-7000-8000-${String(saga).padStart(12, '0')}`
const at = new Date('2030-01-31T09:00:00Z')

function record(saga: number, seq: number, type: FactType, secondsLater = 0): IncomingRecord {
  const id = idOf(saga)
  const timestamp = new Date(at.getTime() + secondsLater * 1_000)
  const headers = { ce_type: type, ce_time: timestamp.toISOString(), ce_sagaid: id }
  return {
    ...{ topic: eventsTopic, partition: 0, offset: 0n, key: Buffer.from(id), timestamp },
    value: Buffer.from(JSON.stringify({ saga: { name: 'ship' }, seq })),
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, Buffer.from(value)]),
    ),
  }
}

/** So many that begin that a delay is worth it. */
const many = Array.from({ length: 100 }, (_, index) => index + 1)
const begun = many.map((saga) => record(saga, 1, 'saga.started'))

const sagasOf = (gathered: Gathered | null) =>
  gathered?.moved.map((id) => Number(id.slice(-12))) ?? null

/** What became of it, looked at a turn later. */
async function outcomeOf(settled: Promise<void>): Promise<string> {
  const outcome = settled.then(
    () => 'settled',
    (error: Error) => error.message,
  )
  const turn = new Promise((resolve) => setImmediate(resolve))
  return Promise.race([outcome, turn.then(() => 'open')])
}

const go = (events: GatheredEvents) => events.take({ isAll: false })

describe('a go', () => {
  it('leaves what is under way to the next one, once, and takes what has ended', () => {
    const events = new GatheredEvents()
    void events.add([...begun, record(7, 2, 'saga.completed')])
    expect(sagasOf(go(events))).toEqual([7])
    void events.add([record(8, 2, 'step.succeeded'), record(200, 1, 'saga.started')])
    const second = go(events)
    expect(sagasOf(second)?.toSorted((a, b) => a - b)).toEqual(many.filter((one) => one !== 7))
    expect(second?.told.filter(({ sagaId }) => sagaId === idOf(8))).toMatchObject([
      { type: 'saga.started', data: { seq: 1 } },
      { type: 'step.succeeded', data: { seq: 2 } },
    ])
    expect(events.records).toBe(1)
  })

  it('takes all where there is little, and at the end', () => {
    const events = new GatheredEvents()
    void events.add(begun.slice(0, 3))
    expect(sagasOf(go(events))).toEqual([1, 2, 3])
    expect(go(events)).toBeNull()
    void events.add(begun)
    expect(sagasOf(events.take({ isAll: true }))).toEqual(many)
    expect(events.records).toBe(0)
  })

  it('says how old the oldest of its records is', () => {
    const events = new GatheredEvents()
    void events.add([record(1, 2, 'saga.completed', 5), record(2, 1, 'saga.started', 3)])
    expect(go(events)?.oldestAt).toBe(at.getTime() + 3_000)
  })

  it('leaves nothing of what is old, so that it is counted before what came hours later', () => {
    const events = new GatheredEvents()
    const hoursLater = 7_200
    void events.add([...begun, record(201, 1, 'saga.started', hoursLater)])
    expect(sagasOf(go(events))).toEqual(many)
    expect(sagasOf(go(events))).toEqual([201])
  })
})

describe('a batch of records', () => {
  it('is settled when everything that it told is kept', async () => {
    const events = new GatheredEvents()
    const [first, second] = [
      events.add([...begun, record(7, 2, 'saga.completed')]),
      events.add([record(7, 3, 'saga.compensated')]),
    ]
    go(events)?.settle()
    expect([await outcomeOf(first), await outcomeOf(second)]).toEqual(['open', 'settled'])
    go(events)?.settle()
    expect(await outcomeOf(first)).toBe('settled')
  })

  it('is settled at once when it tells nothing', async () => {
    const stranger = { ...record(1, 1, 'saga.started'), key: Buffer.from('a stranger') }
    expect(await outcomeOf(new GatheredEvents().add([stranger]))).toBe('settled')
  })

  it('of which a part was not kept must be told again', async () => {
    const events = new GatheredEvents()
    const batch = events.add(begun.slice(0, 3))
    go(events)?.fail(new Error('the end'))
    expect(await outcomeOf(batch)).toBe('the end')
  })

  it('also tells of a saga by what cannot be counted', async () => {
    const events = new GatheredEvents()
    const batch = events.add([{ ...record(1, 1, 'saga.started'), value: null }])
    const gathered = go(events)
    expect([sagasOf(gathered), gathered?.told]).toEqual([[1], []])
    gathered?.settle()
    expect(await outcomeOf(batch)).toBe('settled')
  })
})
