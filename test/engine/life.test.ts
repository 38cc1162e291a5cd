// The table of a saga's life holds for starts as well: each birth that it names is met, no other.
import { expect, it } from 'vitest'
import { setup } from 'xstate'
import { defineSaga } from '../../orchestrator/definition/define-saga.ts'
import { births, life, mayBecome } from '../../orchestrator/engine/life.ts'
import { Drive, sagaId } from './drive.ts'
import { rawDefinition } from './raw-definition.ts'
import { Amount, undoable } from './sample-contracts.ts'

const steps = [{ name: 'a', send: undoable('a') }] as const
const one = defineSaga({ name: 'one', version: 1, input: Amount, steps })
const none = defineSaga({
  name: 'none',
  version: 1,
  input: Amount,
  steps: [{ name: 'choice', choose: [{ when: () => false, steps }] }],
})
const failing = rawDefinition({
  machine: setup({}).createMachine({
    id: 'm',
    initial: 'first',
    states: { first: { always: 'failed' }, failed: { type: 'final', tags: ['failed'] } },
    options: { maxIterations: 100 },
  }),
  steps: [],
})

it('a start leads to each birth that the table names, and to no other', () => {
  const later = { type: 'started', sagaId, input: { amount: 7 }, startAt: 5_000 } as const
  const met = [
    new Drive(one).at(0, later),
    new Drive({ ...one, locks: () => ['x'], lockTimeoutMs: 1_000 }).start(0),
    ...[one, none, failing].map((definition) => new Drive(definition).start(0)),
  ].map(({ saga }) => saga.status)
  expect(met).toEqual(['scheduled', 'waiting', 'running', 'completed', 'compensated'])
  expect(met).toEqual(Object.keys(births))
  const statuses = Object.keys(life) as (keyof typeof life)[]
  expect(statuses.filter((status) => mayBecome(null, status))).toEqual(expect.arrayContaining(met))
  expect(statuses.filter((status) => mayBecome(null, status))).toHaveLength(met.length)
})
