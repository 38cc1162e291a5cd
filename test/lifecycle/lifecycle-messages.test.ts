// A history entry as messages: one for each numbered fact, small, and never none.
import { describe, expect, it } from 'vitest'
import { encodeMessage } from '../../messaging/envelope.ts'
import type { Json, MessageId, SagaId } from '../../messaging/message.ts'
import type { SagaEvent } from '../../orchestrator/engine/event.ts'
import { foldSagaEvents } from '../../orchestrator/lifecycle/fold-saga-events.ts'
import { readLifecycleEvent } from '../../orchestrator/lifecycle/lifecycle-event.ts'
import { lifecycleMessages } from '../../orchestrator/lifecycle/lifecycle-messages.ts'
import { replaySagaEvents } from '../../orchestrator/lifecycle/replay-events.ts'
import type { ToldEntry } from '../../orchestrator/store/history-entry.ts'
import { readBack, sagaId, toRecord } from './told-run.ts'

const replied = (data: Json): SagaEvent => ({
  type: 'replied',
  commandId: `${sagaId}/pay/do/1` as MessageId,
  outcome: 'refused',
  attempt: 1,
  data,
})

const entry: ToldEntry = {
  saga: {
    id: sagaId,
    name: 'buy',
    version: 3,
    parent: null,
    revision: 7,
    status: 'compensating',
    value: 'failed',
  },
  businessKey: 'order-1',
  event: replied('no cover'),
  at: Date.UTC(2026, 0, 1),
  facts: [
    {
      type: 'step.refused',
      seq: 11,
      step: 'pay',
      visit: 1,
      direction: 'do',
      attempt: 2,
      detail: 1,
    },
    { type: 'saga.compensating', seq: 12, detail: 'no cover' },
    { type: 'command.sent', step: 'order', visit: 1, direction: 'undo', attempt: 1 },
  ],
}

const withReason = (reason: Json): ToldEntry => ({
  ...entry,
  event: replied(reason),
  facts: entry.facts.map((fact) =>
    fact.detail === undefined ? fact : { ...fact, detail: reason },
  ),
})

const told = (given: ToldEntry) => lifecycleMessages(given).map(readBack)

describe('the events of an entry', () => {
  it('are its numbered facts; sendings go with what led to them', () => {
    expect(told(entry)).toEqual([
      {
        id: `${sagaId}/event/11`,
        type: 'step.refused',
        sagaId,
        time: new Date(entry.at),
        data: {
          saga: { name: 'buy', version: 3, businessKey: 'order-1' },
          seq: 11,
          revision: 7,
          status: 'compensating',
          state: 'failed',
          step: 'pay',
          visit: 1,
          direction: 'do',
          attempt: 2,
          detail: 1,
          entry: { event: entry.event, at: entry.at },
        },
      },
      {
        id: `${sagaId}/event/12`,
        type: 'saga.compensating',
        sagaId,
        time: new Date(entry.at),
        data: {
          saga: { name: 'buy', version: 3, businessKey: 'order-1' },
          seq: 12,
          revision: 7,
          status: 'compensating',
          state: 'failed',
          detail: 'no cover',
          sent: [{ step: 'order', visit: 1, direction: 'undo', attempt: 1 }],
        },
      },
    ])
  })

  it('name the saga, the step and the sending in their headers', () => {
    const [first] = lifecycleMessages(entry)
    expect(first && encodeMessage(first)).toMatchObject({
      topic: 'sagaline.events',
      key: sagaId,
      headers: {
        ce_source: 'sagaline',
        ce_sagaid: sagaId,
        ce_step: 'pay',
        ce_visit: '1',
        ce_direction: 'do',
        ce_attempt: '2',
        ce_time: '2026-01-01T00:00:00.000Z',
      },
    })
  })

  it('of a step that was not sent yet have no attempt in their headers', () => {
    const facts = [
      { type: 'undo.skipped', seq: 1, step: 'a', visit: 1, direction: 'undo', attempt: 0 },
    ] as const
    const [event] = told({ ...entry, facts })
    expect(event?.data.attempt).toBe(0)
  })

  it('of a child name its parent', () => {
    const parent = {
      sagaId: '01900000-0000-7000-8000-00000000000f' as SagaId,
      step: 'trip',
      visit: 2,
      commandId: 'c' as MessageId,
      attempt: 1,
      replyTo: 'sagaline.replies',
    }
    const [event] = told({ ...entry, saga: { ...entry.saga, parent } })
    expect(event?.data.saga.parent).toEqual({ sagaId: parent.sagaId, step: 'trip', visit: 2 })
  })
})

describe('an entry that fits into no message', () => {
  it('is left out, and its events say so', () => {
    const [first, second] = told(withReason('x'.repeat(120 * 1024)))
    expect(first?.data).toMatchObject({ seq: 11, entryOmitted: true, state: 'failed' })
    expect(first?.data).not.toHaveProperty('entry')
    expect(first?.data.detail).toHaveLength(120 * 1024)
    expect(second?.data).not.toHaveProperty('entryOmitted')
  })

  it('takes the details with it when they do not fit either', () => {
    const events = told(withReason('ß'.repeat(120 * 1024)))
    expect(events.map(({ data }) => data)).toMatchObject([
      { seq: 11, step: 'pay', status: 'compensating', entryOmitted: true, detailOmitted: true },
      { seq: 12, status: 'compensating', detailOmitted: true },
    ])
    expect(events[1]?.data).not.toHaveProperty('sent')
  })

  it.each([
    ['half a surrogate pair', '\ud800'],
    ['a key that readers refuse', JSON.parse('{"__proto__": 1}')],
    ['too much nesting', JSON.parse(`${'['.repeat(99)}${']'.repeat(99)}`)],
  ])('is one with %s as well', (_, reason) => {
    expect(told(withReason(reason))).toMatchObject([
      { data: { seq: 11, entryOmitted: true } },
      { data: { seq: 12 } },
    ])
  })

  it('cannot be replayed, and the replay says so; the rest can be folded', () => {
    const events = told({
      ...withReason('\ud800'),
      facts: entry.facts.map((fact) =>
        fact.seq === undefined ? fact : { ...fact, seq: fact.seq - 10 },
      ),
    })
    expect(replaySagaEvents(events, () => null)).toEqual({ saga: null, problem: 'entry omitted' })
    expect(foldSagaEvents(events)).toMatchObject({ status: 'compensating', isWhole: true })
  })

  it('is none because of its business key', () => {
    const [first] = told({ ...entry, businessKey: 'a\ud800' })
    expect(first?.data).toMatchObject({ saga: { businessKey: 'a\ufffd' }, entry: { at: entry.at } })
  })
})

describe('a reader of the topic', () => {
  const [message] = lifecycleMessages(entry)
  if (message === undefined) throw new Error('there is no message')

  it('is told what is no lifecycle event', () => {
    const { lesser: _, ...rest } = message
    const bad = toRecord({ ...rest, data: { seq: 0 } })
    expect(readLifecycleEvent(bad)).toHaveProperty('problem')
    const { ce_sagaid: __, ...headers } = toRecord(message).headers
    expect(readLifecycleEvent({ ...toRecord(message), headers })).toHaveProperty('problem')
    expect(readLifecycleEvent({ key: null, value: null, headers: {} })).toHaveProperty('problem')
  })

  it('takes what later versions add', () => {
    const { lesser: _, ...rest } = message
    const data = { ...(message.data as object), more: true }
    expect(readLifecycleEvent(toRecord({ ...rest, data }))).toHaveProperty('data.more')
  })

  it('that misses an event knows how the saga was before', () => {
    const facts = (['saga.started', 'step.failed', 'saga.completed'] as const).map((type, at) => ({
      type,
      seq: at + 1,
    }))
    const [first, , third] = facts.flatMap((fact, at) => {
      const status = at === 2 ? ('completed' as const) : ('running' as const)
      return told({ ...entry, saga: { ...entry.saga, revision: at + 1, status }, facts: [fact] })
    })
    const events = [first, third].flatMap((event) => event ?? [])
    expect(foldSagaEvents(events)).toMatchObject({ sequence: 1, status: 'running', isWhole: false })
    expect(replaySagaEvents(events, () => null).problem).toBe('definition missing')
    expect(foldSagaEvents(events.slice(1))).toBe(null)
    expect(replaySagaEvents(events.slice(1), () => null)).toEqual({ saga: null, problem: 'gap' })
  })
})
