// Sagas of every kind that the auditor tells apart. Also loaded by the command line, so it exports
// definitions only, and the signal of one of them.
import { Type } from 'typebox'
import { defineSaga, defineSignal } from '../../orchestrator/index.ts'
import { Amount, lasting, undoable } from '../engine/sample-contracts.ts'

const hourMs = 3_600_000
const retry = { attempts: 1, timeoutMs: hourMs }

export const go = defineSignal({ name: 'go', data: Type.Null() })

export const trip = defineSaga({
  name: 'trip',
  version: 1,
  input: Amount,
  retry,
  steps: [
    { name: 'a', send: undoable('a') },
    { name: 'b', send: undoable('b') },
    { name: 'pay', kind: 'pivot', send: lasting('pay') },
    { name: 'tell', kind: 'retriable', send: lasting('tell') },
  ],
})

export const errand = defineSaga({
  name: 'errand',
  version: 1,
  input: Amount,
  retry,
  lock: () => 'the-van',
  lockTimeoutMs: hourMs,
  steps: [{ name: 'a', send: undoable('a') }],
})

export const question = defineSaga({
  name: 'question',
  version: 1,
  input: Amount,
  retry,
  steps: [
    { name: 'a', send: undoable('a') },
    { name: 'answer', waitFor: go },
    { name: 'b', send: undoable('b') },
  ],
})

export const small = defineSaga({
  name: 'small',
  version: 1,
  input: Amount,
  retry,
  steps: [{ name: 'a', send: undoable('a') }],
})

export const large = defineSaga({
  name: 'large',
  version: 1,
  input: Amount,
  retry,
  steps: [
    { name: 'child', saga: small },
    { name: 'b', send: undoable('b') },
  ],
})
