// A broken promise can be seen again: the command that a failed exploration prints leads to the
// same run, however the runs were shared out, and tells the same smallest transcript.
import { describe, expect, it } from 'vitest'
import { advance } from '../../orchestrator/engine/advance.ts'
import { readArguments } from './arguments.ts'
import { type Exploration, explore } from './explore.ts'
import { mergeInOrder, slicesOf } from './slices.ts'

type Advance = typeof advance

/** Forgets to send the undo of what is undone first. */
const forgetful: Advance = (definition, saga, event, now) => {
  const result = advance(definition, saga, event, now)
  const isFirst = saga !== null && saga.failure === null && result.saga.failure !== null
  const commands = result.commands.filter(({ direction }) => !isFirst || direction === 'do')
  return { ...result, commands }
}

/** Sends what it should undo last before everything else. */
const hasty: Advance = (definition, saga, event, now) => {
  const result = advance(definition, saga, event, now)
  const [first, ...others] = result.saga.steps.filter(({ outcome }) => outcome === 'done')
  const commands = result.commands.map((command) => {
    if (command.direction === 'do' || first === undefined || others.length === 0) return command
    const { name: step, visit } = first
    return { ...command, step, visit }
  })
  return { ...result, commands }
}

/** Forgets when what it waits for is due. */
const sleepy: Advance = (definition, saga, event, now) => ({
  ...advance(definition, saga, event, now),
  wakeAt: null,
})

const faults = { forgetful, hasty, sleepy }
const seed = 1_795_478_513_715

function failureOf({ failure }: Exploration) {
  if (failure === null) throw new Error('nothing was found')
  return failure
}

describe.each(Object.entries(faults))('a broken promise of a %s engine', (_, broken) => {
  const found = failureOf(explore({ seed, runs: 2_000, advance: broken }))

  it('is told with the command for that one run, which finds the same transcript', () => {
    const command = /npm run explore -- (.*)$/m.exec(found.text)?.[1] ?? ''
    const asked = readArguments(command.split(' '))
    expect(asked).toMatchObject({ seed, run: found.run })
    const again = explore({ seed, first: found.run, runs: 1, advance: broken })
    expect(again.failure).toEqual(found)
    expect(found.text).toContain('> {"type":"started"')
    expect(explore({ seed, first: found.run, runs: 1 }).failure).toBeNull()
  })

  it('is found by workers as by one', () => {
    const slices = slicesOf({ seed, first: 0, runs: found.run + 20 }, 7)
    const explored = slices.map((slice) => explore({ ...slice, advance: broken }))
    expect(mergeInOrder(explored)).toMatchObject({ runs: found.run + 1, failure: found })
  })
})

describe('the runs of a seed', () => {
  it('are the same in one go and in slices', () => {
    const whole = explore({ seed, runs: 40 })
    const parts = [0, 10, 20, 30].map((first) => explore({ seed, first, runs: 10 }))
    expect(mergeInOrder(parts)).toEqual(whole)
    expect(slicesOf({ seed, first: 3, runs: 2_500 })).toEqual([
      { seed, first: 3, runs: 1_000 },
      { seed, first: 1_003, runs: 1_000 },
      { seed, first: 2_003, runs: 500 },
    ])
  })

  it('are others than those of the next seed', () => {
    const seen = [seed, seed + 1].map((one) => explore({ seed: one, runs: 20 }).seen)
    expect(seen[0]).not.toEqual(seen[1])
  })
})

describe('what is asked for', () => {
  it('may be any seed that a test prints', () => {
    const asked = readArguments(['--seed', '1795478513715', '--runs', '20000'])
    expect(asked).toEqual({ seed, runs: 20_000, run: null })
  })

  it('must be whole numbers', () => {
    for (const seed of ['1.5', 'x', '1e3', '99999999999999999']) {
      expect(() => readArguments(['--seed', seed])).toThrow('whole number')
    }
  })
})
