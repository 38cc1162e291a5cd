// The auditor raises no false alarm: whatever happens to a random saga, whenever it is looked at,
// and however much later its receipts are read.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { AuditedSaga } from '../../orchestrator/audit/audited.ts'
import { judgeHistory } from '../../orchestrator/audit/judge-history.ts'
import { judgeReceipts } from '../../orchestrator/audit/judge-receipts.ts'
import { judgeReplay } from '../../orchestrator/audit/judge-replay.ts'
import { judgeWaits } from '../../orchestrator/audit/judge-waits.ts'
import { isEnded } from '../../orchestrator/engine/saga.ts'
import { FenceWorld } from '../engine/fence-world.ts'
import { SagaRun } from '../engine/saga-run.ts'
import { type Happening, Happens, happenings } from '../explore/happenings.ts'
import { sagaShapes } from '../explore/random-shape.ts'
import { makeSaga, type SagaShape } from '../explore/shape.ts'
import { auditedStates, judgedWith, receiptsOf } from './audited-run.ts'

const runs = 400
const events = fc.array(happenings, { maxLength: 60, size: 'max' })

function live(shape: SagaShape, happened: readonly Happening[]): SagaRun {
  const explored = makeSaga(shape)
  const run = new SagaRun(explored.definition, new FenceWorld(({ visit }) => ({ visit })))
  const happens = new Happens(run, explored)
  for (const one of happened) happens.happen(one)
  return run
}

/** Whatever is in the network arrives, and is answered. */
function deliverAll(run: SagaRun): void {
  for (const command of [...run.world.sent]) run.world.handle(command, 'succeeded')
  for (const reply of [...run.world.replies]) run.apply(reply)
}

type With = ReturnType<typeof judgedWith>

function alone(saga: AuditedSaga, given: With) {
  return [...judgeHistory(saga), ...judgeReplay(saga, given), ...judgeWaits(saga, given)]
}

it('finds nothing wrong with a random saga, after any of its events', () => {
  const property = fc.property(sagaShapes, events, (shape, happened) => {
    const run = live(shape, happened)
    const given = judgedWith(run.definition)
    const states = auditedStates(run)
    for (const saga of [...states.slice(-10), ...states.slice(0, 3)]) {
      expect(alone(saga, given)).toEqual([])
    }
  })
  fc.assert(property, { numRuns: runs })
}, 120_000)

it('finds nothing wrong with what services did, read at any time after the saga', () => {
  const property = fc.property(sagaShapes, events, fc.boolean(), (shape, happened, isDelivered) => {
    const run = live(shape, happened)
    if (isDelivered) deliverAll(run)
    const given = judgedWith(run.definition)
    const receipts = receiptsOf(run, isDelivered && isEnded(run.saga))
    const entered = new Set(run.saga.steps.map(({ name, visit }) => `${name}/${visit}`))
    const states = auditedStates(run)
    for (const [index, saga] of states.entries()) {
      const isLast = index === states.length - 1
      const read = isLast ? receipts : receiptsOf(run, false)
      const found = judgeReceipts(saga, { ...given, receipts: read })
      const known = found.filter(
        (one) => !(one.type === 'stray' && entered.has(`${one.receipt.step}/${one.receipt.visit}`)),
      )
      expect(known).toEqual([])
    }
  })
  fc.assert(property, { numRuns: runs })
}, 120_000)

it('judges a saga whose limits were others than those that are loaded', () => {
  const property = fc.property(sagaShapes, events, (shape, happened) => {
    const run = live(shape, happened)
    const { definition } = makeSaga(otherLimits(shape))
    expect(definition.hash).toBe(run.definition.hash)
    const saga = auditedStates(run).at(-1)
    expect(saga && alone(saga, judgedWith(definition))).toEqual([])
  })
  fc.assert(property, { numRuns: runs })
}, 120_000)

const limitNames = new Set(['attempts', 'undoAttempts', 'timeoutMs', 'firstDelayMs', 'delayMs'])

/** The same saga, with other numbers of attempts and other times. */
function otherLimits(shape: SagaShape): SagaShape {
  const text = JSON.stringify(shape, (name, value) =>
    limitNames.has(name) && typeof value === 'number' ? value * 2 + 1 : value,
  )
  return JSON.parse(text) as SagaShape
}
