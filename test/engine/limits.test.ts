// What one saga keeps and takes has limits, and what happens at each of them.
import { Type } from 'typebox'
import { describe, expect, it } from 'vitest'
import { setup } from 'xstate'
import type { MessageId } from '../../messaging/message.ts'
import { commandActor } from '../../orchestrator/definition/command-actor.ts'
import { defineSaga } from '../../orchestrator/definition/define-saga.ts'
import { defineSignal } from '../../orchestrator/definition/define-signal.ts'
import { visitsMax } from '../../orchestrator/engine/forward.ts'
import { heldMax } from '../../orchestrator/engine/pause.ts'
import { keptSignalsMax } from '../../orchestrator/engine/signal.ts'
import { takenMax } from '../../orchestrator/engine/taken.ts'
import { Drive, factsOf, sagaId, sentBy } from './drive.ts'
import { rawDefinition } from './raw-definition.ts'
import { Amount, undoable } from './sample-contracts.ts'

const a = undoable('a')
const saga = { name: 'saga', version: 1, input: Amount } as const
const go = defineSignal({ name: 'go', data: Type.Null() })
const waiting = defineSaga({
  ...saga,
  steps: [
    { name: 'a', send: a },
    { name: 'wait', waitFor: go },
    { name: 'b', send: undoable('b') },
    { name: 'again', waitFor: go },
  ],
})

describe('the steps of a saga', () => {
  const invoke = { id: 'a', src: 'a', input: { amount: 7 }, onError: 'failed' } as const
  const machine = setup({ actors: { a: commandActor(a) } }).createMachine({
    id: 'm',
    initial: 'round',
    states: {
      round: { invoke: { ...invoke, onDone: { target: 'round', reenter: true } } },
      failed: { type: 'final', tags: ['failed'] },
    },
    options: { maxIterations: 100 },
  })

  it('are 2,000 at the most: a loop without end is stuck there', () => {
    expect(visitsMax).toBe(2_000)
    const drive = new Drive(rawDefinition({ machine, steps: [['a', 'compensatable', a]] }))
    drive.start(0)
    // All but the last round are as if they had been walked: that takes long.
    const [first] = drive.saga?.steps ?? []
    if (!drive.saga || !first) throw new Error('it has started')
    const steps = Array.from({ length: visitsMax - 1 }, (_, index) => {
      const isLast = index === visitsMax - 2
      return isLast
        ? { ...first, visit: index + 1 }
        : ({ ...first, visit: index + 1, outcome: 'done', dueAt: null } as const)
    })
    drive.saga = { ...drive.saga, steps }
    expect(sentBy(drive.reply(1, 'a/do/1999', 'succeeded'))).toEqual(['a/do/2000'])
    const stuck = drive.reply(2, 'a/do/2000', 'succeeded')
    expect(stuck.saga).toMatchObject({ status: 'stuck', stuck: { step: 'a', visit: 2_000 } })
    expect(JSON.stringify(stuck.saga.stuck?.reason)).toContain('more than 2000 steps')
    expect(stuck.saga.steps).toHaveLength(visitsMax)
    expect(sentBy(drive.operate(3, 'cancel'))).toEqual(['a/undo/2000'])
  })
})

describe('the signals that a saga keeps', () => {
  it('are 100 at the most; one more is refused, and taken once there is room', () => {
    expect(keptSignalsMax).toBe(100)
    const drive = new Drive(waiting)
    drive.start(0)
    for (let count = 1; count <= keptSignalsMax; count++) {
      expect(factsOf(drive.signal(count, 'go'))).toEqual(['signal.kept'])
    }
    const event = { type: 'signalled', id: 'more', name: 'go', data: null, actor: null } as const
    const before = drive.saga
    const refused = drive.at(200, event)
    expect(refused.problem?.code).toBe('SIGNALS_FULL')
    expect([refused.facts, refused.saga]).toEqual([[], before])
    expect(factsOf(drive.reply(201, 'a/do/1', 'succeeded'))).toContain('signal.delivered')
    expect(factsOf(drive.at(202, event))).toEqual(['signal.kept'])
  })

  it('are not exceeded by one whose delivery throws: refused, it changes nothing', () => {
    let isBroken = true
    const sayable = ({ input }: { readonly input: { readonly amount: number } }) => {
      if (isBroken) throw new Error('broken')
      return input
    }
    const steps = [
      { name: 'wait', waitFor: go },
      { name: 'a', send: a, with: sayable },
    ] as const
    const drive = new Drive(defineSaga({ ...saga, steps }))
    drive.start(0)
    const started = drive.saga
    if (started === null) throw new Error('it has started')
    const kept = { name: 'go', data: null, actor: null }
    const signals = Array.from({ length: keptSignalsMax }, (_, index) => ({
      ...kept,
      id: `k${index}`,
    }))
    drive.saga = { ...started, signals }
    const refused = drive.signal(1, 'go')
    expect(refused.problem?.code).toBe('SIGNALS_FULL')
    expect([refused.facts, refused.commands, refused.saga]).toEqual([[], [], drive.saga])
    expect(drive.saga).toEqual({ ...started, signals })
    isBroken = false
    expect(sentBy(drive.signal(2, 'go'))).toEqual(['a/do/1'])
  })
})

describe('the ids that a saga remembers', () => {
  it('are the last 1,000: an older one counts as new', () => {
    expect(takenMax).toBe(1_000)
    const drive = new Drive(waiting)
    drive.start(0)
    const pause = (requestId: string) =>
      drive.at(1, { type: 'operated', verb: 'pause', requestId, actor: 'ann', reason: 'why' })
    expect(factsOf(pause('first'))).toEqual(['saga.paused'])
    drive.operate(2, 'resume')
    expect(factsOf(pause('first'))).toEqual([])
    const saga = drive.saga
    if (saga === null) throw new Error('it has started')
    const others = Array.from({ length: takenMax - saga.taken.length }, (_, at) => `signal ${at}`)
    drive.saga = { ...saga, taken: [...saga.taken, ...others] }
    expect(factsOf(pause('first'))).toEqual([])
    expect(factsOf(pause('second'))).toEqual(['saga.paused'])
    expect(drive.saga?.taken).toHaveLength(takenMax)
    drive.operate(3, 'resume')
    expect(factsOf(pause('first'))).toEqual(['saga.paused'])
  })
})

describe('the answers that a paused saga keeps', () => {
  it('are 1,000 at the most; one past it is asked for again', () => {
    expect(heldMax).toBe(1_000)
    const drive = new Drive(waiting)
    drive.start(0)
    drive.operate(1, 'pause')
    const paused = drive.saga
    if (paused === null) throw new Error('it has started')
    const commandId = `${sagaId}/a/do/1` as MessageId
    const failed = { type: 'replied', commandId, outcome: 'failed', data: null } as const
    const held = Array.from({ length: heldMax }, (_, index) => ({ ...failed, attempt: -index }))
    drive.saga = { ...paused, held: held.slice(1) }
    expect(factsOf(drive.reply(2, 'a/do/1', 'succeeded'))).toEqual(['event.held'])
    drive.saga = { ...paused, held }
    expect(factsOf(drive.reply(2, 'a/do/1', 'succeeded'))).toEqual([])
    drive.operate(3, 'resume')
    expect(drive.saga?.held).toEqual([])
    expect(sentBy(drive.wake(30_000))).toEqual(['a/do/1'])
    expect(factsOf(drive.reply(30_001, 'a/do/1', 'succeeded'))).toEqual(['step.succeeded a'])
  })
})
