// What `defineSaga` refuses, by rule, and what it makes of what an author leaves out.
import { Type } from 'typebox'
import { describe, expect, it } from 'vitest'
import { type CommandContract, defineCommand } from '../../messaging/contract.ts'
import { defineSaga } from '../../orchestrator/definition/define-saga.ts'
import type { RetryOptions, StepKind } from '../../orchestrator/definition/step-options.ts'
import { Amount, lasting, undoable } from '../engine/sample-contracts.ts'

const [once, twice] = [undoable('a'), lasting('b')]

type Steps = readonly {
  readonly name: string
  readonly kind?: StepKind
  readonly send?: CommandContract<{ amount: number }>
  readonly undo?: RetryOptions
}[]

function define(
  steps: Steps,
  more: { name?: string; version?: number; retry?: RetryOptions } = {},
) {
  const complete = steps.map((step) => ({ send: once, ...step }))
  return defineSaga({ name: 'saga', version: 1, input: Amount, ...more, steps: complete })
}

const a = { name: 'a' }

describe('a definition is refused', () => {
  it.each<readonly [why: string, problem: string, make: () => unknown]>([
    ['its name is not kebab-case', 'kebab-case', () => define([a], { name: 'Saga' })],
    ['its version is not a whole number', 'whole number', () => define([a], { version: 1.5 })],
    ['its version is below 1', 'from 1', () => define([a], { version: 0 })],
    ['it has no step', 'no step', () => define([])],
    ['a step has the name of an end', "'failed' cannot", () => define([{ name: 'failed' }])],
    ['a name would not fit into an id', "'a/b' cannot", () => define([{ name: 'a/b' }])],
    ['two steps have one name', 'two steps are named a', () => define([a, a])],
    [
      'its kind is unknown',
      'unknown kind other',
      () => define([{ name: 'a', kind: 'other' as StepKind }]),
    ],
    [
      'a compensatable step has no undo',
      'names no undo',
      () => define([{ name: 'a', send: twice }]),
    ],
    [
      'a compensatable step comes after the pivot',
      'compensatable step b comes after pivot step a',
      () => define([{ name: 'a', kind: 'pivot' }, { name: 'b' }]),
    ],
    [
      'there are two pivots',
      'pivot step b comes after pivot step a',
      () =>
        define([
          { name: 'a', kind: 'pivot' },
          { name: 'b', kind: 'pivot' },
        ]),
    ],
    [
      'a compensatable step comes after a retriable one',
      'comes after retriable step a',
      () => define([{ name: 'a', kind: 'retriable' }, { name: 'b' }]),
    ],
    [
      'no attempt is allowed',
      'its retry: attempts must be at least 1',
      () => define([a], { retry: { attempts: 0 } }),
    ],
    [
      'half an attempt is allowed',
      'attempts must be a whole number',
      () => define([a], { retry: { attempts: 1.5 } }),
    ],
    [
      'a limit of an undo is no number',
      'undo of a: timeoutMs must be at least 1',
      () => define([{ name: 'a', undo: { timeoutMs: Number.NaN } }]),
    ],
  ])('when %s', (_, problem, make) => {
    const failure = { code: 'DEFINITION_INVALID', message: expect.stringContaining(problem) }
    expect(make).toThrow(expect.objectContaining(failure))
  })
})

describe('limits that are left out', () => {
  it('come from the step, then from the saga, then from the default', () => {
    const steps = [
      { ...a, undo: { factor: 3 } },
      { name: 'b', kind: 'retriable' as const },
    ]
    const definition = define(steps, { retry: { timeoutMs: 5, firstDelayMs: 7 } })
    const own = { timeoutMs: 5, firstDelayMs: 7, factor: 2, delayMsMax: 60_000 }
    expect(definition.steps.get('a')).toMatchObject({
      retry: { ...own, attempts: 3 },
      undoRetry: { ...own, attempts: 10, factor: 3 },
    })
    const rest = { jitter: 0.5, deadlineMs: null }
    expect(definition.steps.get('b')?.retry).toEqual({ ...own, ...rest, attempts: 10 })
  })

  it('an undo does not give up as soon as the steps do', () => {
    const step = define([a], { retry: { attempts: 1 } }).steps.get('a')
    expect(step?.retry.attempts).toBe(1)
    expect(step?.undoRetry.attempts).toBe(10)
  })
})

describe('the hash of a definition', () => {
  const topic = 'sample.commands'
  const undo = defineCommand({ name: 'x.undo', topic, payload: Amount })
  const command = { name: 'x.do', topic, payload: Amount, undo }
  const hashWith = (more: object, send: object = {}) =>
    defineSaga({
      name: 'saga',
      version: 1,
      input: Amount,
      steps: [{ name: 'a', send: defineCommand({ ...command, ...send }) }],
      ...more,
    }).hash

  it('does not count closures and limits', () => {
    expect(hashWith({ businessKey: () => 'key', retry: { attempts: 9 } })).toBe(hashWith({}))
  })

  it.each<readonly [what: string, more: object, send: object]>([
    ['the version', { version: 2 }, {}],
    ['the input', { input: Type.Object({ amount: Type.Integer() }) }, {}],
    ['the topic of a command', {}, { topic: 'other' }],
    ['the reply of a command', {}, { reply: Type.String() }],
    ['the refusal of a command', {}, { refusal: Type.Number() }],
    ['the undo of a command', {}, { undo: { ...undo, name: 'x.undo-it' } }],
  ])('counts %s', (_, more, send) => {
    expect(hashWith(more, send)).not.toBe(hashWith({}))
  })

  it('stays what it was when this test was written', () => {
    expect(hashWith({})).toMatchInlineSnapshot(`"732ea482477168c3"`)
  })
})

it('the business key comes from the input, where there is one', () => {
  const steps = [{ name: 'a', send: once }] as const
  const plain = defineSaga({ name: 'saga', version: 1, input: Amount, steps })
  const businessKey = ({ amount }: { readonly amount: number }) => `k-${amount}`
  const keyed = defineSaga({ name: 'saga', version: 1, input: Amount, steps, businessKey })
  expect([plain.businessKey({ amount: 7 }), keyed.businessKey({ amount: 7 })]).toEqual([
    null,
    'k-7',
  ])
})
