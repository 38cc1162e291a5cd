// The memoised chart answers as XState itself does, and a broken invariant parks one saga.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json } from '../../messaging/message.ts'
import { defineSaga } from '../../orchestrator/definition/define-saga.ts'
import { advance } from '../../orchestrator/engine/advance.ts'
import { type Chart, chartOf } from '../../orchestrator/engine/chart.ts'
import {
  type ChartEvent,
  type ChartState,
  moveChart,
  startChart,
} from '../../orchestrator/engine/statechart.ts'
import { sagaId } from './drive.ts'
import { Amount, completeOrder, createOrder, undoable } from './sample-contracts.ts'

const define = () =>
  defineSaga({
    name: 'order',
    version: 1,
    input: Amount,
    steps: [
      { name: 'create', send: createOrder },
      { name: 'car', send: undoable('car') },
      {
        name: 'complete',
        kind: 'retriable',
        send: completeOrder,
        with: ({ reply }) => reply(createOrder),
      },
    ],
  })

const steps = ['create', 'car', 'complete', 'nobody']
const anyOutput = fc.oneof(fc.constant(null), fc.record({ orderId: fc.string() }), fc.integer())
const anyEvent: fc.Arbitrary<ChartEvent> = fc.oneof(
  fc.record({ type: fc.constant('done'), invoke: fc.constantFrom(...steps), output: anyOutput }),
  fc.record({ type: fc.constant('error'), invoke: fc.constantFrom(...steps), error: anyOutput }),
  fc.record({ type: fc.constant('timer'), event: fc.constantFrom('later', 'never') }),
)

/** Every move of a chart, or the failure that ended it; states go through JSON like in a row. */
function walk(
  chart: Pick<Chart, 'start' | 'move'>,
  input: Json,
  events: readonly ChartEvent[],
): readonly unknown[] {
  const moves: unknown[] = []
  try {
    let state: ChartState = chart.start(input)
    moves.push(state)
    for (const event of events) {
      state = chart.move(JSON.parse(JSON.stringify(state)), event)
      moves.push(state)
    }
  } catch (error) {
    moves.push((error as { readonly code?: string }).code)
  }
  return moves
}

describe('the memoised chart', () => {
  it('moves as XState does, whatever comes', () => {
    const memoised = chartOf(define())
    const { machine } = define()
    const plain: Pick<Chart, 'start' | 'move'> = {
      start: (input) => startChart(machine, input),
      move: (state, event) => moveChart(machine, state, event),
    }
    const anyInput = fc.record({ amount: fc.integer() })
    fc.assert(
      fc.property(anyInput, fc.array(anyEvent, { maxLength: 8 }), (input, events) => {
        expect(walk(memoised, input, events)).toEqual(walk(plain, input, events))
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('a broken invariant', () => {
  it('parks its saga instead of guessing', () => {
    const definition = define()
    const { saga } = advance(definition, null, { type: 'started', sagaId, input: { amount: 1 } }, 0)
    const [step] = saga.steps
    if (!step) throw new Error('it has no step')
    const broken = { ...saga, steps: [{ ...step, name: 'gone' }] }
    const moved = advance(definition, broken, { type: 'woken' }, 100_000)
    expect(moved.saga.status).toBe('stuck')
    expect(moved.saga.stuck?.reason).toMatchObject({ code: 'INVARIANT_BROKEN' })
    expect(moved.commands).toEqual([])
  })
})
