// Limits are no part of a definition's hash: what came about under others than those that are
// loaded is told from what no limits could bring about.
import { Type } from 'typebox'
import { expect, it } from 'vitest'
import type { AuditedSaga } from '../../orchestrator/audit/audited.ts'
import { judgeReplay } from '../../orchestrator/audit/judge-replay.ts'
import type { SagaDefinition } from '../../orchestrator/definition/saga-definition.ts'
import { defineSaga, defineSignal } from '../../orchestrator/index.ts'
import { SagaRun } from '../engine/saga-run.ts'
import { Amount, undoable } from '../engine/sample-contracts.ts'
import { auditedStates, judgedWith } from './audited-run.ts'

const [left, right] = ['left', 'right'].map((name) => defineSignal({ name, data: Type.Null() }))
const send = undoable('a')

/** Waits for two signals side by side; whichever time is over first turns it back. */
function race(leftMs: number, rightMs: number): SagaDefinition {
  if (left === undefined || right === undefined) throw new Error('no signals')
  const wait = { onTimeout: 'fail' } as const
  const sides = {
    one: [{ name: 'l', waitFor: left, timeoutMs: leftMs, ...wait }],
    other: [{ name: 'r', waitFor: right, timeoutMs: rightMs, ...wait }],
  }
  const steps = [
    { name: 'a', send },
    { name: 'sides', parallel: sides },
  ]
  return defineSaga({ name: 'race', version: 1, input: Amount, steps: steps as never })
}

/** Tries so often, each for so long. */
const tries = (attempts: number, timeoutMs: number): SagaDefinition =>
  defineSaga({
    ...{ name: 'tries', version: 1, input: Amount },
    retry: { attempts, timeoutMs, firstDelayMs: 0 },
    steps: [{ name: 'a', send }],
  })

function lived(run: SagaRun, wakes: readonly number[]): AuditedSaga {
  for (const ms of wakes) {
    run.now += ms
    run.apply({ type: 'woken' })
  }
  const saga = auditedStates(run).at(-1)
  if (saga === undefined) throw new Error('it never began')
  return saga
}

const judge = (saga: AuditedSaga, definition: SagaDefinition) =>
  judgeReplay(saga, judgedWith(definition))

it('the timer that fired is the one in the history, though another would fire first now', () => {
  const run = new SagaRun(race(100, 200))
  const [a] = run.world.sent
  if (a) run.apply(run.world.handle(a, 'succeeded'))
  const saga = lived(run, [300])
  expect(saga.stored?.saga.failure?.reason).toContain('timer')
  expect(judge(saga, race(200, 100))).toEqual([])
})

it.each([
  ['more tries', tries(5, 100)],
  ['fewer tries', tries(1, 100)],
  ['more patience', tries(2, 1_000)],
])('a step that was given up after two tries is fine with %s', (_, loaded) => {
  const saga = lived(new SagaRun(tries(2, 100)), [100, 100, 100])
  const facts = saga.history.flatMap((entry) => entry.facts)
  expect(facts.map(({ type }) => type)).toContain('step.unknown')
  expect(judge(saga, loaded)).toEqual([])
})

it('what no limits can bring about is illegal', () => {
  const saga = lived(new SagaRun(tries(2, 100)), [100, 100])
  const history = saga.history.map((entry) =>
    entry.seq === 2
      ? { ...entry, facts: entry.facts.map((fact) => ({ ...fact, attempt: 7 })) }
      : entry,
  )
  expect(judge({ ...saga, history }, tries(2, 100))).toMatchObject([
    { name: 'history.illegal-event', subject: expect.stringContaining('entry 2 (woken)') },
  ])
})
