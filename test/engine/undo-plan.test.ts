// What is foretold of turning back is what then happens: the same commands, in the same order.
import { describe, expect, it } from 'vitest'
import { defineSaga } from '../../orchestrator/definition/define-saga.ts'
import { undoPlan } from '../../orchestrator/engine/undo-plan.ts'
import { Drive, sagaId, sentBy } from './drive.ts'
import { Amount, lasting, undoable } from './sample-contracts.ts'

const names = ['first', 'left', 'right', 'last'] as const
const [first, left, right, last] = names.map((name) => ({ name, send: undoable(name) }))
const steps = [
  first,
  { name: 'both', parallel: { a: [right], b: [left] } },
  last,
  { name: 'pay', kind: 'pivot', send: lasting('pay') },
]
const definition = defineSaga({
  ...{ name: 'planned', version: 1, input: Amount, retry: { timeoutMs: 1_000, attempts: 1 } },
  steps: steps as never,
})

/** A saga whose first commands have been answered; the others are under way. */
function answered(count: number): Drive {
  const drive = new Drive(definition)
  const open = [...sentBy(drive.start(0))]
  for (let i = 0; i < count; i++) {
    const command = open.shift()
    if (command !== undefined) open.push(...sentBy(drive.reply(i + 1, command, 'succeeded')))
  }
  return drive
}

/** Cancelled, the rest never answered, each undo done: the undos in the order of their sending. */
function turnedBack(drive: Drive): readonly string[] {
  const sent = [...sentBy(drive.operate(100, 'cancel')), ...sentBy(drive.wake(5_000))]
  for (let i = 0; i < sent.length; i++) {
    sent.push(...sentBy(drive.reply(5_001 + i, sent[i] ?? '', 'succeeded')))
  }
  expect(drive.saga?.status).toBe('compensated')
  return sent
}

describe('what would be undone', () => {
  it.each([0, 1, 2, 3])('is what is undone, after %i answers', (count) => {
    const drive = answered(count)
    const plan = undoPlan(definition, drive.saga as never)
    const foretold = plan?.commands.map(({ step, visit }) => `${step}/undo/${visit}`)
    expect(plan?.status).toBe('compensating')
    expect(foretold).toEqual(turnedBack(drive))
    expect(foretold).not.toEqual([])
  })

  it('names the command, and what is not known to be done', () => {
    const { saga } = answered(3)
    expect(undoPlan(definition, saga as never)?.commands).toEqual([
      { step: 'last', visit: 1, command: last?.send.undo?.name, isUncertain: true },
      expect.objectContaining({ isUncertain: false }),
      expect.objectContaining({ isUncertain: false }),
      { step: 'first', visit: 1, command: first?.send.undo?.name, isUncertain: false },
    ])
  })

  it('is nothing past the point of no return: a person would have to look', () => {
    expect(undoPlan(definition, answered(4).saga as never)).toEqual({
      ...{ status: 'stuck', commands: [] },
    })
  })

  it('is no question once the saga has ended', () => {
    const drive = answered(1)
    turnedBack(drive)
    expect(drive.saga?.id).toBe(sagaId)
    expect(undoPlan(definition, drive.saga as never)).toBeNull()
  })
})
