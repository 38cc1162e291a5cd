// The rules of `defineSaga` on nested lists and waits, each refused by its name.
import { Type } from 'typebox'
import { describe, expect, it } from 'vitest'
import { defineSaga } from '../../orchestrator/definition/define-saga.ts'
import { defineSignal } from '../../orchestrator/definition/define-signal.ts'
import { Amount, lasting, undoable } from '../engine/sample-contracts.ts'

const saga = { name: 'saga', version: 1, input: Amount } as const
const paid = defineSignal({ name: 'paid', data: Type.Number() })

const define = (...steps: readonly object[]) => defineSaga({ ...saga, steps: steps as never })
const undo = (name: string) => ({ name, send: undoable(name) })
const pivot = (name = 'pay') => ({ name, kind: 'pivot', send: lasting(name) })
const last = (name = 'end') => ({ name, kind: 'retriable', send: lasting(name) })
const approval = { name: 'ok', approval: { by: 'ann', deadlineMs: 10 } }
const wait = { name: 'wait', waitFor: paid }
const parallel = (branches: object) => ({ name: 'both', parallel: branches })
const choose = (...ways: readonly object[]) => ({ name: 'route', choose: ways })
const when = () => true
const repeat = (...steps: readonly object[]) => ({
  name: 'loop',
  repeat: steps,
  until: () => true,
  timesMax: 2,
})
const each = (more: object) => ({
  ...undo('each'),
  forEach: () => [1],
  with: () => ({ amount: 1 }),
  ...more,
})
const withPivot = define(undo('a'), pivot())

describe('a definition is refused', () => {
  it.each<readonly [problem: string, ...steps: readonly object[]]>([
    ['both send and saga', { ...undo('a'), saga: withPivot }],
    ['x does not say what it is', { name: 'x' }],
    ['two steps are named a', undo('a'), parallel({ x: [undo('a')] })],
    ['parallel both has no branch', parallel({})],
    ['a list of both has no step', parallel({ x: [] })],
    ["'x/y' cannot be the name of a branch of both", parallel({ 'x/y': [undo('a')] })],
    ['a list of its steps is no list', parallel({ x: undo('a') })],
    ['choose route has no way', choose()],
    ['choose of route is no list of ways', { name: 'route', choose: {} }],
    ['choose of route is no list of ways', choose(null as never)],
    ['an item of its steps is no object', null as never],
    ['an item of its steps has no name', { ...undo('a'), name: 5 }],
    ['parallel of both is no object of lists', { name: 'both', parallel: null }],
    ['send of a is no command', { name: 'a', send: 5 }],
    ['saga of a is no saga', { name: 'a', saga: 5 }],
    ['with of a is no function', { ...undo('a'), with: 5 }],
    ['waitFor of a is no signal', { name: 'a', waitFor: 'go' }],
    ['approval of a is no approval', { name: 'a', approval: { deadlineMs: 5 } }],
    ['delayMs of a is no number', { name: 'a', delayMs: null }],
    ['delayMs of a must be a whole number from 1 to', { name: 'a', delayMs: 1e15 }],
    ['timeoutMs must be a whole number of at most', { ...undo('a'), timeoutMs: 1e15 }],
    ['until of loop is no function', { ...repeat(undo('a')), until: 5 }],
    ['until of rest is no function', { name: 'rest', until: '2026-01-01' }],
    ['forEach of each is no function', each({ forEach: [1] })],
    ['only the last way of route may have no when', choose({ steps: [] }, { when, steps: [] })],
    ['timesMax of loop must be a whole number from 1', { ...repeat(undo('a')), timesMax: 0 }],
    ['atMost of each must be a whole number from 1 to 100', each({ atMost: 101 })],
    ['forEach each needs a with', { ...undo('each'), forEach: () => [] }],
    ['timeoutMs of wait must be', { ...wait, timeoutMs: -1 }],
    ['wait has an onTimeout, but no timeoutMs', { ...wait, onTimeout: 'continue' }],
    ['onTimeout of wait is neither', { ...wait, onTimeout: 'no', timeoutMs: 1 }],
    ['deadlineMs of ok must be', { name: 'ok', approval: { by: 'ann', deadlineMs: 0 } }],
    [
      'ok escalates after its deadline',
      { name: 'ok', approval: { by: 'a', deadlineMs: 5, escalate: { afterMs: 5, to: 'b' } } },
    ],
    ['delayMs of rest must be', { name: 'rest', delayMs: -1 }],
    ['two signals are named ok', approval, { name: 'w', waitFor: { ...paid, name: 'ok' } }],
    ["'a b' cannot be the name of a signal", { ...wait, waitFor: { ...paid, name: 'a b' } }],
    [
      "'xstate.done' cannot be the name of a signal",
      { ...wait, waitFor: { ...paid, name: 'xstate.done' } },
    ],
    ['jitter must be between 0 and 1', { ...undo('a'), jitter: 2 }],
    [
      'child saga trip is compensatable, but saga has a point of no return',
      { name: 'trip', saga: withPivot },
    ],
  ])('with the rule "%s"', (problem, ...steps) => {
    const failure = {
      code: 'DEFINITION_INVALID',
      message: expect.stringContaining(String(problem)),
    }
    expect(() => define(...(steps as readonly object[]))).toThrow(expect.objectContaining(failure))
  })
})

describe('an order is refused', () => {
  it.each<readonly [problem: string, ...steps: readonly object[]]>([
    ['pivot step pay stands inside parallel both', parallel({ x: [pivot()] })],
    ['pivot step pay stands inside parallel both', parallel({ x: [choose({ steps: [pivot()] })] })],
    ['pivot step pay stands inside repeat loop', repeat(pivot())],
    ['retriable step end stands inside repeat loop', repeat(last())],
    ['pivot step each is a forEach', each({ kind: 'pivot' })],
    ['repeat loop can fail, but comes after pivot step pay', pivot(), repeat(undo('a'))],
    ['approval ok can fail, but comes after pivot step pay', pivot(), approval],
    ['waitFor wait can fail, but comes after', pivot(), { ...wait, timeoutMs: 5 }],
    ['compensatable step a comes after pivot step pay', pivot(), parallel({ x: [undo('a')] })],
    ['compensatable step each comes after pivot step pay', pivot(), each({})],
    ['compensatable step a comes after', choose({ when, steps: [pivot()] }), undo('a')],
    ['pivot step b comes after', choose({ when, steps: [pivot()] }, { steps: [] }), pivot('b')],
    [
      'retriable step end stands beside branch y of both, which can fail',
      parallel({ x: [last()], y: [undo('a')] }),
    ],
    [
      'retriable step end stands beside branch y of both, which can fail',
      parallel({ x: [last()], y: [approval] }),
    ],
  ])('with the rule "%s"', (problem, ...steps) => {
    const failure = {
      code: 'DEFINITION_INVALID',
      message: expect.stringContaining(String(problem)),
    }
    expect(() => define(...(steps as readonly object[]))).toThrow(expect.objectContaining(failure))
  })

  it('but not where every way keeps the law', () => {
    const ways = choose({ when, steps: [undo('b'), pivot()] }, { steps: [pivot('other')] })
    const goesOn = { ...wait, timeoutMs: 5, onTimeout: 'continue' }
    const side = parallel({ x: [last('l1')], y: [last('l2'), { name: 'rest', delayMs: 5 }] })
    const steps = [undo('a'), approval, repeat(undo('r')), ways, goesOn, side, last()]
    expect(define(...steps).steps.size).toBe(8)
  })

  it('and a child without a point of no return may be undone', () => {
    expect(define({ name: 'trip', saga: define(undo('a')) }).steps.get('trip')?.kind).toBe(
      'compensatable',
    )
    expect(define({ name: 'trip', kind: 'pivot', saga: withPivot }).steps.size).toBe(1)
  })
})

describe('the options of a saga', () => {
  const steps = [{ name: 'a', send: undoable('a') }] as const

  it.each([
    ['its lockTimeoutMs must be', { lockTimeoutMs: 0 }],
    ['its deadlineMs must be', { deadlineMs: 1.5 }],
    [
      'it migrates from 1, which is no version before 1',
      { migrate: { 1: (state: never) => state } },
    ],
  ])('are refused with the rule "%s"', (problem, more) => {
    const failure = { code: 'DEFINITION_INVALID', message: expect.stringContaining(problem) }
    const options = { ...saga, ...(more as object), steps }
    expect(() => defineSaga(options)).toThrow(expect.objectContaining(failure))
  })

  it('are what the engine asks for', () => {
    const definition = defineSaga({
      ...saga,
      version: 2,
      correlationId: ({ amount }) => `c${amount}`,
      attributes: ({ amount }) => ({ amount, isLarge: amount > 5 }),
      lock: () => ['y', 'x', 'y'],
      deadlineMs: 60_000,
      migrate: { 1: (state) => state },
      steps,
    })
    const input = { amount: 7 }
    expect(definition.correlationId(input)).toBe('c7')
    expect(definition.attributes(input)).toEqual({ amount: 7, isLarge: true })
    expect(definition.locks(input)).toEqual(['x', 'y'])
    expect(definition).toMatchObject({ deadlineMs: 60_000, lockTimeoutMs: 300_000 })
    expect([...definition.migrations.keys()]).toEqual([1])
  })

  it('one key is a list of one, and an empty one is none', () => {
    const lockOf = (key: string) => defineSaga({ ...saga, lock: () => key, steps }).locks(null)
    expect(lockOf('x')).toEqual(['x'])
    expect(() => lockOf('')).toThrow('no text')
  })
})

describe('the hash of a structured saga', () => {
  const [a, b] = [undo('a'), undo('b')]
  const hashes = [
    define(a, b),
    define(parallel({ x: [a], y: [b] })),
    define(parallel({ x: [a, b] })),
    define(choose({ when, steps: [a] }, { steps: [b] })),
    define(a, b, wait),
    define(a, b, { ...wait, waitFor: { ...paid, data: Type.String() } }),
    define(a, b, { name: 'trip', saga: define(a) }),
    define(a, b, { name: 'trip', saga: define(b) }),
  ].map(({ hash }) => hash)

  it('counts structure, signals and children', () => {
    expect(new Set(hashes).size).toBe(hashes.length)
  })

  it('does not count limits', () => {
    const short = define(a, { ...wait, timeoutMs: 5 }).hash
    expect(define(a, { ...wait, timeoutMs: 6 }).hash).toBe(short)
  })
})
