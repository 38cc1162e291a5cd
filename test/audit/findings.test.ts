// What an audit could not judge is counted by saga.
import { expect, it } from 'vitest'
import { notJudged } from '../../orchestrator/audit/breaches.ts'
import { Findings } from '../../orchestrator/audit/findings.ts'

it('counts a saga once for a reason, however many sagas are told of at once', () => {
  const findings = new Findings()
  findings.add([
    notJudged('one', 'too old'),
    notJudged('one', 'too old'),
    notJudged('one', 'unknown'),
    notJudged('two', 'too old'),
  ])
  expect(findings.notJudged).toEqual([
    { what: 'too old', sagas: 2, example: 'one' },
    { what: 'unknown', sagas: 1, example: 'one' },
  ])
})
