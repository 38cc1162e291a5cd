// The auditor raises no false alarm: whatever happens to a random saga, whenever it is looked at,
// and however much later its receipts are read.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { AuditedSaga } from '../../orchestrator/audit/audited.ts'
import type { Finding } from '../../orchestrator/audit/breaches.ts'
import { judgeHistory } from '../../orchestrator/audit/judge-history.ts'
import { judgeReceipts } from '../../orchestrator/audit/judge-receipts.ts'
import { judgeReplay } from '../../orchestrator/audit/judge-replay.ts'
import { judgeWaits } from '../../orchestrator/audit/judge-waits.ts'
import { isEnded } from '../../orchestrator/engine/saga.ts'
import { FenceWorld } from '../engine/fence-world.ts'
import { SagaRun } from '../engine/saga-run.ts'
import { Fault } from '../explore/fault.ts'
import { type Happening, happenings } from '../explore/happenings.ts'
import { Happens, parentOf } from '../explore/happens.ts'
import { type ExploredSaga, makeSaga } from '../explore/make-saga.ts'
import { sagaShapes } from '../explore/random-shape.ts'
import type { SagaShape } from '../explore/shape.ts'
import { auditedStates, childrenOf, judgedWith, receiptsOf } from './audited-run.ts'

const runs = 200
const events = fc.array(happenings, { maxLength: 60, size: 'max' })

type Lived = {
  readonly run: SagaRun
  readonly saga: ExploredSaga
  readonly states: readonly AuditedSaga[]
}

/** What happens to it, and then, if asked for, the arrival of all that is in the network. */
function live(shape: SagaShape, happened: readonly Happening[], isDelivered = false): Lived {
  const fault = new Fault(shape.fault)
  const saga = makeSaga(shape, fault)
  const { definition, children } = saga
  const world = new FenceWorld(
    ({ visit }) => ({ visit }),
    (step) => children.has(step),
  )
  const { laterMs, isChild } = shape
  const run = new SagaRun(definition, world, {
    fault,
    ...(laterMs !== null && { later: laterMs }),
    ...(isChild && { parent: parentOf }),
  })
  // It throws from now on; one that throws at its start is refused.
  fault.isOn = shape.fault !== null
  const happens = new Happens({ run, shape, fault, saga })
  for (const one of happened) happens.happen(one)
  if (isDelivered) deliverAll(run)
  return { run, saga, states: auditedStates(run, fault) }
}

function deliverAll(run: SagaRun): void {
  for (const command of [...run.world.sent]) run.world.handle(command, 'succeeded')
  for (const reply of [...run.world.replies]) run.apply(reply)
}

/** Both versions, mended. */
const loadedOf = (shape: SagaShape) =>
  ([1, 2] as const).map((version) => makeSaga(shape, new Fault(null), version).definition)

type With = ReturnType<typeof judgedWith>

/** What a definition that threw did cannot be played with the mended one, which is said. */
function alone(saga: AuditedSaga, given: With): readonly Finding[] {
  const found = [...judgeHistory(saga), ...judgeReplay(saga, given), ...judgeWaits(saga, given)]
  return found.filter((one) => one.type === 'breach' || !one.what.includes('threw'))
}

it('finds nothing wrong with a random saga, after any of its events', () => {
  const property = fc.property(sagaShapes, events, (shape, happened) => {
    const { states } = live(shape, happened)
    const given = judgedWith(...loadedOf(shape))
    for (const saga of [...states.slice(-10), ...states.slice(0, 3)]) {
      expect(alone(saga, given)).toEqual([])
    }
  })
  fc.assert(property, { numRuns: runs })
}, 600_000)

it('finds nothing wrong with what services did, read at any time after the saga', () => {
  const property = fc.property(sagaShapes, events, fc.boolean(), (shape, happened, isDelivered) => {
    const { run, saga, states } = live(shape, happened, isDelivered)
    const given = judgedWith(...loadedOf(shape))
    const children = new Set(saga.children)
    const read = (isSettled: boolean) => receiptsOf(run, { isSettled, children })
    const entered = new Set(run.saga.steps.map(({ name, visit }) => `${name}/${visit}`))
    for (const [index, state] of states.entries()) {
      const isLast = index === states.length - 1
      const receipts = read(isLast && isDelivered && isEnded(run.saga))
      const audited = { ...state, children: childrenOf(run, children) }
      const found = judgeReceipts(audited, { ...given, receipts })
      const known = found.filter(
        (one) => !(one.type === 'stray' && entered.has(`${one.receipt.step}/${one.receipt.visit}`)),
      )
      expect(known).toEqual([])
    }
  })
  fc.assert(property, { numRuns: runs })
}, 600_000)

it('judges a saga whose limits were others than those that are loaded', () => {
  const property = fc.property(sagaShapes, events, (shape, happened) => {
    const { run, states } = live(shape, happened)
    const loaded = loadedOf(otherLimits(shape))
    expect(loaded.map(({ hash }) => hash)).toContain(run.definition.hash)
    const saga = states.at(-1)
    expect(saga && alone(saga, judgedWith(...loaded))).toEqual([])
  })
  // Always the same ones: limits are inferred, which is not proven for every history.
  fc.assert(property, { numRuns: runs, seed: 7 })
}, 600_000)

const limitNames = new Set(['attempts', 'undoAttempts', 'timeoutMs', 'firstDelayMs', 'delayMs'])

/** The same saga, with other numbers of attempts and other times. */
function otherLimits(shape: SagaShape): SagaShape {
  const text = JSON.stringify(shape, (name, value) =>
    limitNames.has(name) && typeof value === 'number' ? value * 2 + 1 : value,
  )
  return JSON.parse(text) as SagaShape
}
