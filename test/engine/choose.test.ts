// `choose` goes the first way whose guard holds; a saga of which nothing is chosen ends at once.
import { Type } from 'typebox'
import { describe, expect, it } from 'vitest'
import { defineSaga } from '../../orchestrator/definition/define-saga.ts'
import { Drive, factsOf, sentBy } from './drive.ts'
import { undoable } from './sample-contracts.ts'

const Input = Type.Object({ amount: Type.Number() }, { additionalProperties: false })
const step = (name: string) => ({ name, send: undoable(name) }) as const
const over =
  (limit: number) =>
  ({ input }: { input: { amount: number } }) =>
    input.amount > limit
const choice = {
  name: 'choice',
  choose: [
    { when: over(100), steps: [step('much'), step('more')] },
    { when: over(10), steps: [step('some')] },
  ],
} as const
const options = { name: 'saga', version: 1, input: Input } as const

describe('a choose', () => {
  const definition = defineSaga({ ...options, steps: [step('first'), choice, step('last')] })
  const chosen = (amount: number) => {
    const drive = new Drive(definition)
    drive.start(0, { amount })
    return { drive, sent: sentBy(drive.reply(1, 'first/do/1', 'succeeded')) }
  }

  it('goes the first way whose guard holds, though another one holds as well', () => {
    const { drive, sent } = chosen(500)
    expect(sent).toEqual(['much/do/1'])
    expect(sentBy(drive.reply(2, 'much/do/1', 'succeeded'))).toEqual(['more/do/1'])
    expect(sentBy(drive.reply(3, 'more/do/1', 'succeeded'))).toEqual(['last/do/1'])
    expect(chosen(50).sent).toEqual(['some/do/1'])
  })

  it('is left out when no guard holds', () => {
    expect(chosen(5).sent).toEqual(['last/do/1'])
  })

  it('is undone by the way that was taken', () => {
    const { drive } = chosen(50)
    drive.reply(2, 'some/do/1', 'succeeded')
    expect(sentBy(drive.reply(3, 'last/do/1', 'refused', 'no'))).toEqual(['some/undo/1'])
    expect(sentBy(drive.reply(4, 'some/undo/1', 'succeeded'))).toEqual(['first/undo/1'])
  })
})

describe('a saga of which nothing is chosen', () => {
  it('has completed when it is started', () => {
    const drive = new Drive(defineSaga({ ...options, steps: [choice] }))
    const started = drive.start(0, { amount: 5 })
    expect(factsOf(started)).toEqual(['saga.started', 'saga.completed'])
    expect(started).toMatchObject({ wakeAt: null, saga: { status: 'completed' } })
  })
})
