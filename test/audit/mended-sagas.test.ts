// What a definition that threw did cannot be played with the one that was mended: that is said, and
// is no breach.
import { expect, it } from 'vitest'
import type { AuditedSaga } from '../../orchestrator/audit/audited.ts'
import { judgeReplay } from '../../orchestrator/audit/judge-replay.ts'
import { defineSaga } from '../../orchestrator/index.ts'
import { SagaRun } from '../engine/saga-run.ts'
import { Amount, undoable } from '../engine/sample-contracts.ts'
import { auditedStates, judgedWith } from './audited-run.ts'

const fault = { isOn: true }
const payload = ({ input }: { readonly input: { readonly amount: number } }) => {
  if (fault.isOn) throw new Error('not yet')
  return input
}
const definition = defineSaga({
  name: 'mended',
  version: 1,
  input: Amount,
  steps: [
    { name: 'a', send: undoable('a') },
    { name: 'b', send: undoable('b'), with: payload },
  ],
})

/** It threw when the first answer came, and a person retried it once it was mended. */
function lived(): AuditedSaga {
  fault.isOn = true
  const run = new SagaRun(definition, undefined, { fault })
  const [a] = run.world.sent
  const answer = a && run.world.handle(a, 'succeeded')
  if (answer) run.apply(answer)
  fault.isOn = false
  const by = { actor: 'ann', reason: 'mended', requestId: 'r1' }
  run.apply({ type: 'operated', verb: 'retry', ...by })
  if (answer) run.apply(answer)
  const saga = auditedStates(run, fault).at(-1)
  if (saga === undefined) throw new Error('it never began')
  return saga
}

it('is not judged once it is mended, and is fine while it still throws', () => {
  const saga = lived()
  expect(saga.history.flatMap(({ facts }) => facts.map(({ type }) => type))).toContain('saga.stuck')
  fault.isOn = false
  const what = 'its definition threw, and has been mended since'
  expect(judgeReplay(saga, judgedWith(definition))).toMatchObject([{ type: 'not-judged', what }])
  fault.isOn = true
  const still = { ...saga, history: saga.history.slice(0, 2) }
  const names = judgeReplay(still, judgedWith(definition)).map((one) =>
    one.type === 'breach' ? one.name : one.what,
  )
  // Up to there it is legal; the row is further on.
  expect(names).toEqual(['history.state-differs'])
})
