// The sagas of the crash tests: among them they pass every named point. Steps that are retried,
// refused and undone, locks, timers, a signal, a child, a version to migrate to.
import { type Static, Type } from 'typebox'
import type { SagaDefinition } from '../../../orchestrator/definition/saga-definition.ts'
import { defineSaga, defineSignal } from '../../../orchestrator/index.ts'
import { defineCommand } from '../../../participant/index.ts'

export const worksService = 'works'
export const worksTopic = 'works.commands'

export const Work = Type.Object(
  {
    /** Unique: the idempotency key and the business key. */
    name: Type.String(),
    /** The step `check` refuses it. */
    refuses: Type.Boolean(),
    /** Handlers throw at their first try. */
    flaky: Type.Boolean(),
    /** The lock that it wants; empty for none. */
    lock: Type.String(),
  },
  { additionalProperties: false },
)
export type Work = Static<typeof Work>

const command = (name: string) => ({ name: `works.${name}`, topic: worksTopic, payload: Work })

export const takeBack = defineCommand(command('take-back'))
export const put = defineCommand({ ...command('put'), undo: takeBack })
export const unwrap = defineCommand(command('unwrap'))
export const wrap = defineCommand({ ...command('wrap'), undo: unwrap })
export const uncheck = defineCommand(command('uncheck'))
export const check = defineCommand({ ...command('check'), undo: uncheck })
/** Outside of the database of the service: a bank carries them out. */
export const refund = defineCommand(command('refund'))
export const charge = defineCommand({ ...command('charge'), undo: refund })
export const ship = defineCommand(command('ship'))

export const go = defineSignal({ name: 'go', data: Type.Object({}) })

/** Waiting for a timeout would let the test fail: everything must go on without one. */
const neverMs = 600_000
const common = {
  input: Work,
  retry: { attempts: 3, timeoutMs: neverMs, firstDelayMs: 50 },
  businessKey: ({ name }: Work) => name,
}

const fill = defineSaga({
  ...common,
  name: 'fill',
  version: 1,
  lock: ({ lock }: Work) => (lock === '' ? [] : [lock]),
  lockTimeoutMs: neverMs,
  steps: [
    { name: 'put', send: put },
    { name: 'charge', send: charge },
    { name: 'check', send: check },
    { name: 'ship', kind: 'retriable', send: ship },
  ],
})

const hearSteps = [
  { name: 'put', send: put },
  { name: 'told', waitFor: go },
  { name: 'ship', kind: 'retriable', send: ship },
] as const

const hear = defineSaga({ ...common, name: 'hear', version: 1, steps: hearSteps })

const hearAgain = defineSaga({
  ...common,
  name: 'hear',
  version: 2,
  steps: [...hearSteps, { name: 'ship-more', kind: 'retriable', send: ship }],
})

const part = defineSaga({
  ...common,
  name: 'part',
  version: 1,
  steps: [
    { name: 'put', send: put },
    { name: 'wrap', send: wrap },
  ],
})

const nest = defineSaga({
  ...common,
  name: 'nest',
  version: 1,
  steps: [
    { name: 'part', saga: part, with: ({ input }: { readonly input: Work }) => input },
    { name: 'check', send: check },
    { name: 'ship', kind: 'retriable', send: ship },
  ],
})

export const crashSagas: readonly SagaDefinition[] = [fill, hear, hearAgain, part, nest]
