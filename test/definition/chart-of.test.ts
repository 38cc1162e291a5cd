// A statechart as plain data, and how long a saga may take at the worst.
import { describe, expect, it } from 'vitest'
import { claimExpense } from '../../examples/approval/saga.ts'
import { bookTrip } from '../../examples/travel-booking/saga.ts'
import { chartOf } from '../../orchestrator/definition/chart-of.ts'
import { longestMs, worstCase } from '../../orchestrator/definition/worst-case.ts'

describe('the chart of a saga', () => {
  it('has every state once, inside the state that it belongs to, with what it sends', () => {
    const { nodes } = chartOf(bookTrip)
    const ids = nodes.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    const parents = nodes.flatMap(({ parent }) => parent ?? [])
    expect(parents.filter((id) => !ids.includes(id))).toEqual([])
    expect(nodes.flatMap(({ steps }) => steps).sort()).toEqual([...bookTrip.steps.keys()].sort())
    expect(nodes.find(({ name }) => name === 'bookings')).toMatchObject({ kind: 'parallel' })
    expect(nodes.filter(({ isFailure }) => isFailure).map(({ name }) => name)).toEqual(['failed'])
  })

  it('has ways between states that are there, and says what each is about', () => {
    const { nodes, ways } = chartOf(claimExpense)
    const ids = new Set(nodes.map(({ id }) => id))
    expect(ways.filter(({ from, to }) => !ids.has(from) || !ids.has(to))).toEqual([])
    const kinds = new Set(ways.map(({ kind }) => kind))
    expect([...kinds].sort()).toEqual(expect.arrayContaining(['error', 'reply', 'signal', 'timer']))
    expect(ways.find(({ kind, name }) => kind === 'reply' && name === 'reserve')).toBeDefined()
    const timers = ways.filter(({ kind }) => kind === 'timer')
    expect(timers.every(({ name, afterMs }) => (name === null) !== (afterMs === null))).toBe(true)
  })
})

describe('the worst case', () => {
  const policy = {
    ...{ attempts: 3, timeoutMs: 1_000, firstDelayMs: 100, factor: 10, delayMsMax: 500 },
    ...{ jitter: 0.5, deadlineMs: null },
  }

  it('is every timeout and every pause at its full length, cut by a deadline', () => {
    expect(longestMs(policy)).toBe(3_000 + 100 + 500)
    expect(longestMs({ ...policy, attempts: 1 })).toBe(1_000)
    expect(longestMs({ ...policy, deadlineMs: 2_000 })).toBe(2_000)
  })

  it('is the sum of the steps forward, cut by the deadline of the saga, and of the undos back', () => {
    const { steps, forwardMs, backMs } = worstCase(bookTrip)
    expect(steps.map(({ undoMs }) => undoMs !== null)).toEqual([true, true, true, false])
    expect(forwardMs).toBe(60_000)
    expect(backMs).toBe(steps.reduce((sum, { undoMs }) => sum + (undoMs ?? 0), 0))
  })
})
