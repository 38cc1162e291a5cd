// What a diagram shows: its main line straight, and of a saga's way: which states it stands in, which ways it took, also through
// states where it never rested, and in which order things were undone.
import { createRequire } from 'node:module'
import type { ELK } from 'elkjs/lib/elk-api.js'
import { describe, expect, it } from 'vitest'
import { journeyOf, statesIn } from '../../dashboard/chart/journey.ts'
import { graphOf } from '../../dashboard/chart/layout-graph.ts'
import { claimExpense } from '../../examples/approval/saga.ts'
import { bookTrip } from '../../examples/travel-booking/saga.ts'
import { chartOf } from '../../orchestrator/definition/chart-of.ts'
import { definitions } from './shop-sagas.ts'

const entry = (seq: number, state: unknown, facts: readonly object[] = []) =>
  ({
    ...{ seq, at: new Date(seq * 1_000).toISOString(), type: 'replied' },
    ...{ state, status: 'running', facts },
  }) as never
const done = (step: string) => ({ type: 'step.succeeded', step, direction: 'do' })
const takenOf = (chart: Parameters<typeof journeyOf>[0], entries: readonly never[]) =>
  [...journeyOf(chart, entries).taken].map((key) =>
    key.replaceAll(/(claim-expense|book-trip)\./g, ''),
  )

/** Its module is none that Node can import by name. */
const Elk = createRequire(import.meta.url)('elkjs/lib/elk.bundled.js') as new () => ELK

describe('a journey through an expense', () => {
  const chart = chartOf(claimExpense)
  const waits = [entry(1, 'reserve'), entry(2, 'approve', [done('reserve')])]

  it('is lit through the choice that was passed', () => {
    expect(takenOf(chart, waits)).toEqual([
      'reserve check reply reserve',
      'check approve always null',
    ])
    expect(takenOf(chart, [entry(1, 'reserve'), entry(2, 'payOut', [done('reserve')])])).toEqual([
      ...['reserve check reply reserve', 'check payOut always null'],
    ])
  })

  it('tells a refusal from a deadline between the same states', () => {
    const told = { type: 'signal.delivered', detail: { id: 'x', name: 'approve', actor: 'ada' } }
    expect(takenOf(chart, [...waits, entry(3, 'failed', [told])]).at(-1)).toBe(
      'approve failed signal approve',
    )
    const late = {
      type: 'timer.fired',
      detail: 'xstate.after.deadline:approve.claim-expense.approve',
    }
    expect(takenOf(chart, [...waits, entry(3, 'failed', [late])]).slice(2)).toEqual([
      'approve failed timer deadline:approve',
    ])
  })

  it('knows where it is, and in which order things were undone', () => {
    const sent = (step: string, direction: string) => ({ type: 'command.sent', step, direction })
    const journey = journeyOf(chart, [
      entry(1, 'reserve', [sent('reserve', 'do')]),
      entry(2, 'failed', [
        sent('payOut', 'undo'),
        { type: 'undo.succeeded', step: 'payOut', direction: 'undo' },
        sent('reserve', 'undo'),
      ]),
    ])
    expect([...journey.active]).toEqual(['claim-expense.failed'])
    expect(journey.undone).toEqual(['payOut', 'reserve'])
    expect(Object.fromEntries(journey.fates)).toEqual({ reserve: 'undoing', payOut: 'undone' })
  })
})

describe('a journey side by side', () => {
  const chart = chartOf(bookTrip)

  it('finds the states of a value, also inside of others', () => {
    expect(statesIn(chart, { bookings: { stay: 'hotel' } })).toEqual([
      ...['book-trip.bookings', 'book-trip.bookings.stay', 'book-trip.bookings.stay.hotel'],
    ])
    expect(statesIn(chart, 'nowhere')).toEqual([])
  })

  it('is lit to the end of each branch, and out of all of them', () => {
    const at = (stay: string, travel: string) => ({ bookings: { stay, travel } })
    const taken = takenOf(chart, [
      entry(1, at('hotel', 'flight')),
      entry(2, at('hotel', 'car'), [done('flight')]),
      entry(3, at('completed', 'car'), [done('hotel')]),
      entry(4, 'pay', [done('car')]),
      entry(5, 'completed', [done('pay')]),
    ])
    expect(taken).toEqual([
      'bookings.travel.flight bookings.travel.car reply flight',
      'bookings.stay.hotel bookings.stay.completed reply hotel',
      'bookings.travel.car bookings.travel.completed reply car',
      'bookings pay done null',
      'pay completed reply pay',
    ])
  })
})

it.each(['RIGHT', 'DOWN'] as const)(
  'steps that follow each other stand in one line, %s',
  async (direction) => {
    const { children = [] } = await new Elk().layout(graphOf(chartOf(definitions[1]), direction))
    const main = children.filter(({ id }) => !id.endsWith('.failed'))
    const middles = main.map(({ x = 0, y = 0, width = 0, height = 0 }) =>
      direction === 'RIGHT' ? y + height / 2 : x + width / 2,
    )
    expect(main).toHaveLength(6)
    expect(new Set(middles).size).toBe(1)
  },
)
