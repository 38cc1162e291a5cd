// The parts of the dashboard that compute: filters in the address, rows of the live list, the journey
// of a saga, its timeline, forms, differences of versions.
import { describe, expect, it } from 'vitest'
import { journeyOf, statesIn } from '../../dashboard/chart/journey.ts'
import { seriesOf, stepsOf } from '../../dashboard/overview/windows.ts'
import { linkOf, tracesOf } from '../../dashboard/saga/links.ts'
import { timelineOf } from '../../dashboard/saga/timeline.ts'
import { readFilter, writeFilter } from '../../dashboard/sagas/filter-url.ts'
import { type FoundSaga, moved, renewed, withPage } from '../../dashboard/sagas/loaded-sagas.ts'
import { faultOf, noFault } from '../../dashboard/start/fault-order.ts'
import { fieldsOf, inputOf } from '../../dashboard/start/schema-form.ts'
import { agoText, lengthText } from '../../dashboard/words/format.ts'

it('a filter is the same after it stood in the address', () => {
  const filter = {
    ...{ status: ['stuck', 'paused'] as const, version: 3, name: 'a&b', error: 'no refund' },
    ...{ startedAfter: '2026-01-01T00:00:00.000Z', attribute: ['express:true'] },
  }
  expect(readFilter(writeFilter(filter))).toEqual(filter)
  expect(readFilter('status=nonsense&version=-1&attribute=x&name=%20')).toEqual({})
})

describe('the rows of the list', () => {
  const row = (id: string, more: Partial<FoundSaga> = {}) =>
    ({ id, status: 'running', updatedAt: '2026-01-01T00:00:01Z', ...more }) as FoundSaga
  const page = (ids: string, nextCursor: string | null = 'more') => ({
    ...{ items: [...ids].map((id) => row(id)), nextCursor, lagMs: 1 },
  })
  const idsOf = ({ items }: { readonly items: readonly FoundSaga[] }) =>
    items.map(({ id }) => id).join('')

  it('take another page below, and the first one anew above, each saga once', () => {
    const two = withPage(page('fed'), page('dcb'))
    expect(idsOf(two)).toBe('fedcb')
    expect(idsOf(renewed(two, page('gfe')))).toBe('gfedcb')
    expect(idsOf(renewed(two, page('zyx')))).toBe('zyx')
    expect(renewed(two, page('gfe')).nextCursor).toBe('more')
  })

  it('move on by an event, and leave a list that they no longer belong to', () => {
    const entry = { sagaId: 'b', status: 'completed', state: 'done', at: '2026-01-01T00:00:02Z' }
    const after = moved(page('ab'), {}, entry as never)
    expect(after.items[1]).toMatchObject({ status: 'completed', endedAt: entry.at })
    expect(idsOf(moved(page('ab'), { status: ['running'] }, entry as never))).toBe('a')
    const old = { ...entry, at: '2026-01-01T00:00:00Z' }
    expect(moved(page('ab'), {}, old as never)).toEqual(page('ab'))
  })
})

const node = (id: string, parent: string | null = null, steps: readonly string[] = []) => ({
  ...{ id, parent, name: id.split('.').at(-1) ?? '', kind: 'atomic' as const },
  ...{ isInitial: false, isFailure: false, steps },
})
const way = (from: string, to: string) => ({
  ...{ from, to, kind: 'reply' as const, name: null, afterMs: null, isGuarded: false },
})
const entry = (seq: number, state: unknown, facts: readonly object[] = []) =>
  ({
    seq,
    at: new Date(seq * 1_000).toISOString(),
    type: 'replied',
    state,
    status: 'running',
    facts,
  }) as never

describe('a journey', () => {
  const nodes = [node('a', null, ['a']), node('b'), node('b.x', 'b'), node('b.y', 'b'), node('end')]
  const chart = { nodes, ways: [way('a', 'b'), way('b', 'end'), way('a', 'end')] }

  it('finds the states of a value, also inside of others', () => {
    expect(statesIn(chart, { b: { x: {}, y: {} } })).toEqual(['b', 'b.x', 'b.y'])
    expect(statesIn(chart, 'nowhere')).toEqual([])
  })

  it('knows the ways that were taken, and in which order things were undone', () => {
    const sent = (step: string, direction: string) => ({ type: 'command.sent', step, direction })
    const journey = journeyOf(chart, [
      entry(1, 'a', [sent('a', 'do')]),
      entry(2, { b: 'x' }, [{ type: 'step.succeeded', step: 'a' }]),
      entry(3, 'end', [
        sent('b', 'undo'),
        { type: 'undo.succeeded', step: 'b' },
        sent('a', 'undo'),
      ]),
    ])
    expect([...journey.taken]).toEqual(['a b', 'b end'])
    expect([...journey.active]).toEqual(['end'])
    expect(journey.undone).toEqual(['b', 'a'])
    expect(Object.fromEntries(journey.fates)).toEqual({ a: 'undoing', b: 'undone' })
  })
})

it('a timeline has a bar for each direction, and an attempt for each sending', () => {
  const step = { step: 'pay', visit: 1, direction: 'do' }
  const bars = timelineOf([
    entry(1, '', [{ type: 'command.sent', ...step, attempt: 1 }]),
    entry(4, '', [{ type: 'command.sent', ...step, attempt: 2 }]),
    entry(5, '', [{ type: 'step.succeeded', ...step }]),
    entry(6, '', [{ type: 'command.sent', ...step, direction: 'undo' }]),
  ])
  expect(bars).toMatchObject([
    {
      ...{ step: 'pay', direction: 'do', startedAt: 1_000, endedAt: 5_000 },
      attempts: [{ outcome: 'timed-out', endedAt: 4_000 }, { outcome: 'succeeded' }],
    },
    { direction: 'undo', endedAt: null, attempts: [{ outcome: null }] },
  ])
})

describe('a form', () => {
  const schema = {
    type: 'object',
    required: ['name', 'size'],
    properties: {
      name: { type: 'string' },
      size: { type: 'object', required: ['cm'], properties: { cm: { type: 'integer' } } },
      tags: { type: 'array' },
    },
  }
  const fields = fieldsOf(schema)

  it('has a field for each value, and JSON for what has none', () => {
    expect(fields.map(({ path, kind, isRequired }) => [path.join('.'), kind, isRequired])).toEqual([
      ['name', 'text', true],
      ['size.cm', 'number', true],
      ['tags', 'json', false],
    ])
  })

  it('makes the input, or says what is wrong', () => {
    const { input, wrong } = inputOf(fields, { name: 'x', 'size.cm': '7', tags: '[1]' })
    expect([input, wrong.size]).toEqual([{ name: 'x', size: { cm: 7 }, tags: [1] }, 0])
    expect([...inputOf(fields, { 'size.cm': 'x', tags: '[' }).wrong.keys()]).toEqual([
      ...['name', 'size.cm', 'tags'],
    ])
  })
})

it('windows are rates of their time, and rows of steps as the server has them', () => {
  const zero = { compensated: 0, failed: 0, stuck: 0, retries: 1, p50Ms: null, p99Ms: null }
  const item = { at: '1970-01-01T00:06:00.000Z', name: 'a', started: 10, completed: 4, count: 2 }
  const saga = { ...zero, ...item, step: null }
  const step = { ...saga, step: 's', p50Ms: 10, p99Ms: 40 }
  const slow = { ...step, step: 'slow', p99Ms: 90 }
  const stats = { windowS: 300, lagMs: 0, items: [saga, { ...saga, name: 'b' }, step, slow] }
  expect(seriesOf(stats, { from: 60_000, to: 660_000 })).toEqual({
    ...{ at: [60, 360], started: [0, 4], completed: [0, 1.6], compensated: [0, 0], stuck: [0, 0] },
  })
  expect(stepsOf(stats)).toEqual([slow, step])
})

it('lengths and ages are short', () => {
  expect([0.4, 999.6, 59_600, 3_725_000, 9e7].map(lengthText)).toEqual([
    ...['0 ms', '1.0 s', '1 min', '1 h 2 min', '1 d 1 h'],
  ])
  expect([agoText(0, 500), agoText(0, 65_000), agoText(9_000, 0)]).toEqual([
    ...['just now', '1 min ago', 'in 9 s'],
  ])
})

describe('a link', () => {
  it('is made of its template, and is none where something of it is not known', () => {
    const ids = { sagaId: 'a/b', traceId: 'ff' }
    expect(linkOf('http://t/{traceId}?s={sagaId}&t={traceId}', ids)).toBe(
      'http://t/ff?s=a%2Fb&t=ff',
    )
    expect(linkOf('http://t/{traceId}', { ...ids, traceId: null })).toBeNull()
    expect(linkOf('http://l/{sagaId}', { ...ids, traceId: null })).toBe('http://l/a%2Fb')
    expect(linkOf(null, ids)).toBeNull()
  })

  it('leads to the last trace of each direction of a step', () => {
    const message = (step: string | null, direction: 'do' | 'undo', traceId: string | null) =>
      ({ step, direction, visit: 1, traceId }) as never
    const traces = tracesOf([
      message(null, 'do', 'start'),
      message('pay', 'do', 'first'),
      message('pay', 'do', 'again'),
      message('pay', 'undo', 'back'),
      message('send', 'do', null),
    ])
    expect([...traces]).toEqual([
      ['pay 1 do', 'again'],
      ['pay 1 undo', 'back'],
    ])
  })
})

it('a fault is what the form says, or what is wrong with that', () => {
  const order = (chosen: object) => faultOf({ ...noFault, step: 'pay', ...chosen }, () => 'a.pay')
  const of = { command: 'a.pay', step: 'pay', times: 1 }
  expect(faultOf(noFault, () => '')).toEqual({ order: null, wrong: null })
  expect(order({}).order).toEqual({ ...of, fault: { kind: 'decline', reason: 'on purpose' } })
  expect(order({ kind: 'delay', ms: '5' }).order?.fault).toEqual({ kind: 'delay', ms: 5 })
  expect(order({ kind: 'throw', reason: '' }).order?.fault).toEqual({ kind: 'throw' })
  expect(order({ kind: 'duplicate', times: '2' }).order).toMatchObject({ times: 2 })
  const wrong = [{ times: '0' }, { kind: 'delay', ms: 'x' }, { reason: '{' }]
  for (const one of wrong) {
    expect(order(one)).toEqual({ order: null, wrong: expect.stringContaining('is no') })
  }
})
