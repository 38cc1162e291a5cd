// Sagas with all their steps at the ledger, which differ in how long they wait for an answer, and how often
// they ask again.
import { Type } from 'typebox'
import type { SagaDefinition } from '../../orchestrator/definition/saga-definition.ts'
import type { RetryOptions } from '../../orchestrator/definition/step-options.ts'
import { defineSaga } from '../../orchestrator/index.ts'
import { add, remove } from '../participant/ledger.ts'
import { neverMs } from './parcels.ts'

export type LedgerSaga = 'hasty' | 'patient' | 'serene' | 'onward' | 'single'
export type StepName = 'first' | 'second' | 'third'

/** Its do is sent twice, then its undo as often as it takes. */
const hasty = twoSteps('hasty', { timeoutMs: 500, attempts: 2 })
/** It never gives up: a do that is not answered is sent again. */
const patient = twoSteps('patient', { timeoutMs: 1_500, attempts: 1_000 })
/** It waits for the answer to the first sending, however long that takes. */
const serene = twoSteps('serene', { timeoutMs: neverMs, attempts: 1 })
/** It is stuck soon at its second step, which cannot be undone, and was sent once. */
const onward = defineSaga({
  name: 'onward',
  version: 1,
  input: Type.Object({ amount: Type.Integer() }),
  steps: [
    { name: 'first', send: add },
    { name: 'second', kind: 'retriable', send: remove, timeoutMs: 500, attempts: 1 },
    { name: 'third', kind: 'retriable', send: remove, timeoutMs: neverMs },
  ],
})
/** One step, which it asks for until it is answered. */
const single = defineSaga({
  name: 'single',
  version: 1,
  input: Type.Object({ amount: Type.Integer() }),
  steps: [{ name: 'first', send: add, timeoutMs: 1_500, attempts: 1_000 }],
})
export const ledgerSagas = [hasty, patient, serene, onward, single]

function twoSteps(name: string, forward: RetryOptions): SagaDefinition {
  const undo = { timeoutMs: 1_500, attempts: 1_000 }
  return defineSaga({
    name,
    version: 1,
    input: Type.Object({ amount: Type.Integer() }),
    retry: forward,
    steps: [
      { name: 'first', send: add, undo: { ...forward, ...undo } },
      { name: 'second', send: add, undo: { ...forward, ...undo } },
    ],
  })
}
