// A step that waits for a person does not hold up what stands beside it: branches go on, with their
// clocks. Only what the definition itself could not take stands still.
import { Type } from 'typebox'
import { describe, expect, it } from 'vitest'
import { setup } from 'xstate'
import { commandActor } from '../../orchestrator/definition/command-actor.ts'
import { defineSaga } from '../../orchestrator/definition/define-saga.ts'
import { defineSignal } from '../../orchestrator/definition/define-signal.ts'
import { sagaFromMachine } from '../../orchestrator/definition/saga-from-machine.ts'
import { possibleVerbs } from '../../orchestrator/engine/possible-verbs.ts'
import { Drive, factsOf, sentBy } from './drive.ts'
import { Amount, lasting, undoable } from './sample-contracts.ts'

const saga = { name: 'saga', version: 1, input: Amount } as const
const retry = { attempts: 2, timeoutMs: 1_000, firstDelayMs: 100 }
const onward = (name: string) => ({ name, kind: 'retriable', send: lasting(name) }) as const
const go = defineSignal({ name: 'go', data: Type.Null() })

const packing = defineSaga({
  ...saga,
  retry,
  steps: [
    { name: 'pay', kind: 'pivot', send: lasting('pay') },
    {
      name: 'both',
      parallel: {
        left: [onward('pack')],
        right: [onward('bill'), { name: 'rest', delayMs: 5_000 }, onward('tell')],
      },
    },
    onward('last'),
  ],
})

/** `pack` is parked, and `bill` is under way. */
function stuckBeside(definition = packing): Drive {
  const drive = new Drive(definition)
  drive.start(0)
  drive.reply(10, 'pay/do/1', 'succeeded')
  drive.reply(20, 'pack/do/1', 'refused', 'no box')
  return drive
}

describe('a step beside a parked one', () => {
  it('keeps its clock: what is lost is sent again, and parks at its limit as well', () => {
    const drive = stuckBeside()
    expect([drive.saga?.status, drive.saga?.stuck?.step]).toEqual(['stuck', 'pack'])
    const again = drive.wake(1_010)
    expect(sentBy(again)).toEqual(['bill/do/1'])
    expect(again).toMatchObject({ wakeAt: 2_010, saga: { status: 'stuck' } })
    const parked = drive.wake(2_010)
    expect(factsOf(parked)).toEqual(['step.timed-out bill', 'saga.stuck bill'])
    expect(parked.wakeAt).toBeNull()
    expect(sentBy(drive.retry(3_000))).toEqual(['pack/do/2', 'bill/do/1'])
  })

  it('tries again after a pause, when it failed', () => {
    const drive = stuckBeside()
    const { wakeAt } = drive.reply(30, 'bill/do/1', 'failed', 'down')
    expect(wakeAt).toBeLessThan(1_010)
    expect(sentBy(drive.wake(wakeAt ?? 0))).toEqual(['bill/do/1'])
  })

  it('goes on, and so do its timers; the saga is stuck as long as a step is parked', () => {
    const drive = stuckBeside()
    expect(drive.reply(100, 'bill/do/1', 'succeeded').wakeAt).toBe(5_100)
    const rested = drive.wake(5_100)
    expect(sentBy(rested)).toEqual(['tell/do/1'])
    expect(rested).toMatchObject({
      wakeAt: 6_100,
      saga: { status: 'stuck', stuck: { step: 'pack' } },
    })
    expect(drive.reply(5_200, 'tell/do/1', 'succeeded')).toMatchObject({
      wakeAt: null,
      saga: { status: 'stuck' },
    })
    expect(sentBy(drive.skip(6_000, 'pack', 'done'))).toEqual(['last/do/1'])
    expect(drive.saga).toMatchObject({ status: 'running', stuck: null })
  })

  it('takes a signal that was kept for it', () => {
    const drive = stuckBeside(
      defineSaga({
        ...saga,
        steps: [
          { name: 'pay', kind: 'pivot', send: lasting('pay') },
          {
            name: 'both',
            parallel: {
              left: [onward('pack')],
              right: [onward('bill'), { name: 'wait', waitFor: go }, onward('tell')],
            },
          },
        ],
      }),
    )
    expect(factsOf(drive.signal(30, 'go'))).toEqual(['signal.kept'])
    const facts = ['step.succeeded bill', 'signal.delivered', 'command.sent tell']
    expect(factsOf(drive.reply(40, 'bill/do/1', 'succeeded'))).toEqual(facts)
    expect(drive.saga?.status).toBe('stuck')
  })
})

describe('a kept signal that the definition cannot take', () => {
  it('is not tried again by a verb that is refused', () => {
    const unsayable = () => {
      throw new Error('broken')
    }
    const drive = stuckBeside(
      defineSaga({
        ...saga,
        steps: [
          { name: 'pay', kind: 'pivot', send: lasting('pay') },
          {
            name: 'all',
            parallel: {
              left: [onward('pack')],
              middle: [
                { name: 'wait', waitFor: go },
                { ...onward('tell'), with: unsayable },
              ],
              right: [onward('bill')],
            },
          },
        ],
      }),
    )
    expect(factsOf(drive.signal(30, 'go'))).toEqual(['saga.stuck', 'signal.kept'])
    const { saga: before } = drive.reply(40, 'bill/do/1', 'refused', 'no')
    const refused = drive.operate(50, 'cancel')
    expect(refused.problem?.code).toBe('SAGA_PAST_PIVOT')
    expect([refused.facts, refused.saga]).toEqual([[], before])
    expect(factsOf(drive.retry(60))).toContain('saga.stuck')
  })
})

describe('the deadline of a stuck saga', () => {
  const unsayable = () => {
    throw new Error('broken')
  }
  const broken = defineSaga({
    ...saga,
    deadlineMs: 500,
    steps: [
      { name: 'a', send: undoable('a') },
      { name: 'b', send: undoable('b'), with: unsayable },
    ],
  })
  const stuck = () => {
    const drive = new Drive(broken)
    drive.start(0)
    expect(drive.reply(10, 'a/do/1', 'succeeded')).toMatchObject({
      wakeAt: 500,
      saga: { status: 'stuck' },
    })
    return drive
  }

  it('turns it back, where there is a way back', () => {
    const drive = stuck()
    const overdue = drive.wake(500)
    expect(sentBy(overdue)).toEqual(['a/undo/1'])
    expect(overdue.saga).toMatchObject({ status: 'compensating', stuck: null })
    expect(drive.reply(510, 'a/undo/1', 'succeeded').saga.status).toBe('compensated')
  })

  it('strikes at the end of a pause that it came due in', () => {
    const drive = stuck()
    drive.operate(100, 'pause')
    expect(drive.wake(900)).toMatchObject({ facts: [], wakeAt: null })
    const { verb, status, commands } =
      possibleVerbs(broken, drive.saga as never, 900).find((one) => one.verb === 'resume') ?? {}
    expect([verb, status, commands]).toEqual(['resume', 'compensating', ['a undo']])
    expect(drive.operate(900, 'resume').wakeAt).toBe(500)
    expect(sentBy(drive.wake(900))).toEqual(['a/undo/1'])
  })

  it('is only reported past the point of no return', () => {
    const drive = stuckBeside({ ...packing, deadlineMs: 500 })
    const overdue = drive.wake(500)
    expect(factsOf(overdue)).toEqual(['saga.overdue', 'saga.flagged'])
    expect(overdue.saga).toMatchObject({ status: 'stuck', stuck: { step: 'pack' } })
  })
})

describe('a timer that the definition cannot take', () => {
  const bill = lasting('bill')
  const machine = setup({
    actors: { bill: commandActor(bill) },
    guards: {
      broken: () => {
        throw new Error('broken')
      },
    },
  }).createMachine({
    id: 'm',
    initial: 'asking',
    states: {
      asking: {
        invoke: { id: 'bill', src: 'bill', input: { amount: 7 }, onDone: 'completed' },
        after: { 100: { guard: 'broken', target: 'completed' } },
      },
      completed: { type: 'final' },
    },
  })
  const steps = { bill: { kind: 'retriable', ...retry } } as const
  const definition = sagaFromMachine({ version: 1, input: Amount, machine, steps })

  it('is not tried again by itself, while the step beside it keeps its clock', () => {
    const drive = new Drive(definition)
    drive.start(0)
    const stuck = drive.wake(100)
    expect(factsOf(stuck)).toEqual(['saga.stuck'])
    expect(stuck).toMatchObject({ wakeAt: 1_000, saga: { stuck: { step: null } } })
    expect(sentBy(drive.wake(1_000))).toEqual(['bill/do/1'])
    expect(drive.saga?.status).toBe('stuck')
    const retried = possibleVerbs(definition, drive.saga as never, 1_100)[0]
    expect(retried).toMatchObject({ verb: 'retry', outcome: 'acts', status: 'stuck', commands: [] })
    expect(drive.retry(1_100).wakeAt).toBe(100)
    expect(factsOf(drive.wake(1_100))).toEqual(['saga.stuck'])
    expect(drive.reply(1_200, 'bill/do/1', 'succeeded').saga.status).toBe('completed')
  })
})

describe('a bug of the engine', () => {
  it('stops all clocks of the saga that met it, so that it is not met over and over', () => {
    const drive = new Drive({ ...packing, deadlineMs: 500 })
    drive.start(0)
    const { saga: started } = drive
    if (started === null) throw new Error('it has started')
    const steps = started.steps.map((step) => ({ ...step, name: 'nowhere' }))
    drive.saga = { ...started, steps }
    expect(drive.wake(500)).toMatchObject({
      wakeAt: null,
      saga: { status: 'stuck', stuck: { step: null, reason: { code: 'INVARIANT_BROKEN' } } },
    })
  })
})
