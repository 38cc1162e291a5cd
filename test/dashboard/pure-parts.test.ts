// The parts of the dashboard that compute: filters in the address, rows of the live list, the timeline of
// a saga, forms, differences of versions.
import { describe, expect, it } from 'vitest'
import { changesBetween } from '../../dashboard/definitions/definition-diff.ts'
import { seriesOf, stepsOf } from '../../dashboard/overview/windows.ts'
import { linkOf, tracesOf } from '../../dashboard/saga/links.ts'
import { timelineOf } from '../../dashboard/saga/timeline.ts'
import { textsOf, withTexts } from '../../dashboard/sagas/filter-texts.ts'
import { readFilter, writeFilter } from '../../dashboard/sagas/filter-url.ts'
import { type FoundSaga, moved, renewed, withPage } from '../../dashboard/sagas/loaded-sagas.ts'
import { pickable, toggled } from '../../dashboard/sagas/use-picked.ts'
import { faultOf, noFault } from '../../dashboard/start/fault-order.ts'
import { fieldsOf, inputOf } from '../../dashboard/start/schema-form.ts'
import { suggestion } from '../../dashboard/stuck/suggestion.ts'
import { toBeSent } from '../../dashboard/stuck/to-be-sent.ts'
import { agoText, lengthText } from '../../dashboard/words/format.ts'

it('a filter is the same after it stood in the address', () => {
  const filter = {
    ...{ status: ['stuck', 'paused'] as const, version: 3, name: 'a&b', error: 'no refund' },
    ...{ startedAfter: '2026-01-01T00:00:00.000Z', attribute: ['express:true'] },
  }
  expect(readFilter(writeFilter(filter))).toEqual(filter)
  expect(readFilter('status=nonsense&version=-1&attribute=x&name=%20')).toEqual({})
})

it('no more sagas are selected than a bulk job takes', () => {
  const ids = Array.from({ length: 501 }, (_, at) => `saga ${at}`)
  const full = new Set(pickable(ids))
  expect(full.size).toBe(500)
  expect(toggled(full, 'saga 500')).toBe(full)
  expect(toggled(full, 'saga 7').size).toBe(499)
  expect([...toggled(new Set(['a']), 'b')]).toEqual(['a', 'b'])
})

it('what the form of filters was opened with is there when it is applied', () => {
  const filter = {
    ...{ status: ['stuck'] as const, attribute: ['express:true', 'to:Oslo, Norway'] },
    startedAfter: '2026-01-01T10:20:30.456Z',
  }
  const texts = textsOf(filter)
  expect(withTexts(filter, texts)).toEqual(filter)
  expect(withTexts(filter, { ...texts, attribute: 'a:1, b:2, none' }).attribute).toEqual([
    ...['a:1', 'b:2, none'],
  ])
})

it('a hint goes by what is known of the trouble, not by words in it', () => {
  const hints = ['overtimePay: declined', 'pay: HANDLER_FAILED x', 'pay: timeout', 'pay: no time']
  expect(hints.map((error) => suggestion(error).split(':')[0])).toEqual([
    ...['A refusal', 'A technical error', 'A technical error', 'A refusal'],
  ])
})

it('what a replay sends of a letter is what it was changed to', () => {
  const [value, headers] = [{ text: 'old' }, [{ name: 'h', text: 'old' }]]
  const edited = { value: { text: 'new' }, headers: [{ name: 'h', text: 'new' }] }
  expect(toBeSent({ value, headers, edited } as never)).toEqual(edited)
  expect(
    toBeSent({ value, headers, edited: { value: edited.value, headers: null } } as never),
  ).toEqual({ value: edited.value, headers })
  expect(toBeSent({ value, headers, edited: null } as never)).toEqual({ value, headers })
})

it('versions differ by ways, timers, signals and the deadline of the whole', () => {
  const nodes = ['a', 'b'].map((name) => ({ id: `s.${name}`, name, steps: [] }))
  const of = (deadlineMs: number | null, ...ways: readonly object[]) =>
    ({
      ...{ steps: [], input: {}, deadlineMs },
      chart: {
        nodes,
        ways: ways.map((way) => ({
          ...{ from: 's.a', to: 's.b', kind: 'reply', name: 'a', afterMs: null, isGuarded: false },
          ...way,
        })),
      },
    }) as never
  const timer = { kind: 'timer', name: null, afterMs: 60_000 }
  const before = of(null, {}, timer)
  const after = of(3_600_000, {}, { ...timer, afterMs: 120_000 }, { kind: 'signal', name: 'stop' })
  const told = changesBetween(before, after)
  expect(told.map(({ mark, what, detail }) => `${mark} ${what}: ${detail}`)).toEqual([
    'changed Deadline of the saga: none → 1 h',
    'added Way a → b: timer, after 2 min',
    'added Way a → b: signal, stop',
    'removed Way a → b: timer, after 1 min',
  ])
  expect(changesBetween(before, before)).toEqual([])
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

const entry = (seq: number, state: unknown, facts: readonly object[] = []) =>
  ({
    seq,
    at: new Date(seq * 1_000).toISOString(),
    type: 'replied',
    state,
    status: 'running',
    facts,
  }) as never

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

  it('knows what is sensitive, and takes no blank for a number', () => {
    const card = {
      type: 'object',
      required: ['card'],
      properties: { card: { type: 'string', 'x-sensitive': true } },
    }
    expect(fieldsOf(card)[0]?.isSensitive).toBe(true)
    expect(fields.some(({ isSensitive }) => isSensitive)).toBe(false)
    expect([...inputOf(fields, { name: 'x', 'size.cm': ' ' }).wrong.keys()]).toEqual(['size.cm'])
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
