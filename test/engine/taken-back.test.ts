// A parent that turns back does not wait for a child saga that is under way: it takes it back. And
// whatever the child is doing then, it turns back and answers.
import { Type } from 'typebox'
import { describe, expect, it } from 'vitest'
import { setup } from 'xstate'
import type { MessageId, SagaId } from '../../messaging/message.ts'
import { commandActor } from '../../orchestrator/definition/command-actor.ts'
import { defineSaga } from '../../orchestrator/definition/define-saga.ts'
import { defineSignal } from '../../orchestrator/definition/define-signal.ts'
import type { SagaDefinition } from '../../orchestrator/definition/saga-definition.ts'
import { heldMax } from '../../orchestrator/engine/pause.ts'
import type { Parent } from '../../orchestrator/engine/saga.ts'
import { Drive, factsOf, sagaId, sentBy } from './drive.ts'
import { rawDefinition } from './raw-definition.ts'
import { Amount, lasting, undoable } from './sample-contracts.ts'
import { samples } from './sample-definitions.ts'

const [a, b] = [undoable('a'), undoable('b')]
const saga = { version: 1, input: Amount } as const
const trip = defineSaga({ ...saga, name: 'trip', steps: [{ name: 'a', send: a }] })

describe('a parent that turns back while its child runs', () => {
  const definition = defineSaga({
    ...saga,
    name: 'parent',
    steps: [
      { name: 'first', send: undoable('first') },
      {
        name: 'both',
        parallel: {
          left: [{ name: 'left', send: undoable('left'), attempts: 1 }],
          child: [{ name: 'trip', saga: trip }],
        },
      },
    ],
  })
  const underWay = (options: Partial<SagaDefinition> = {}) => {
    const drive = new Drive({ ...definition, ...options })
    drive.start(0)
    drive.reply(1, 'first/do/1', 'succeeded')
    return drive
  }

  it('takes it back at once when nothing else is under way', () => {
    const drive = underWay()
    drive.reply(2, 'left/do/1', 'succeeded')
    const cancelled = drive.operate(3, 'cancel')
    expect(factsOf(cancelled)).toEqual([
      'saga.cancelled',
      'saga.compensating',
      'step.unknown trip',
      'command.sent trip',
    ])
    expect(sentBy(cancelled)).toEqual(['trip/undo/1'])
    expect(sentBy(drive.reply(4, 'trip/undo/1', 'succeeded'))).toEqual(['left/undo/1'])
    expect(sentBy(drive.reply(5, 'left/undo/1', 'succeeded'))).toEqual(['first/undo/1'])
    expect(drive.reply(6, 'first/undo/1', 'succeeded').saga.status).toBe('compensated')
  })

  it('does so as soon as what stands beside it is settled, in its place of the order', () => {
    const drive = underWay()
    expect(sentBy(drive.operate(2, 'cancel'))).toEqual([])
    expect(sentBy(drive.reply(3, 'left/do/1', 'succeeded'))).toEqual(['trip/undo/1'])
    const timedOut = underWay()
    expect(timedOut.operate(2, 'cancel').wakeAt).toBe(30_001)
    expect(sentBy(timedOut.wake(30_001))).toEqual(['trip/undo/1'])
  })

  it('does so when a step beside it is refused, and when the deadline is over', () => {
    const refused = underWay().reply(2, 'left/do/1', 'refused', 'full')
    expect(sentBy(refused)).toEqual(['trip/undo/1'])
    const overdue = underWay({ deadlineMs: 500 })
    overdue.reply(2, 'left/do/1', 'succeeded')
    expect(sentBy(overdue.wake(500))).toEqual(['trip/undo/1'])
  })

  it('leaves it going when a person ends it, and is flagged when it completes', () => {
    const drive = underWay()
    expect(sentBy(drive.operate(2, 'terminate'))).toEqual([])
    const late = drive.reply(3, 'trip/do/1', 'succeeded')
    expect(factsOf(late)).toEqual(['reply.late', 'saga.flagged trip'])
  })

  it.each(['succeeded', 'refused', 'failed'] as const)('does not heed a late %s', (outcome) => {
    const drive = underWay()
    drive.operate(2, 'cancel')
    const before = drive.saga
    const late = drive.reply(3, 'trip/do/1', outcome)
    expect(factsOf(late)).toEqual(['reply.late'])
    expect(late.commands).toEqual([])
    expect(late.saga).toEqual({ ...before, revision: 4, sequence: late.saga.sequence })
  })
})

const parent: Parent = {
  sagaId: 'p1' as SagaId,
  step: 'trip',
  visit: 1,
  commandId: 'p1/trip/do/1' as MessageId,
  attempt: 1,
  replyTo: 'sagaline.replies',
}
const undo = { type: 'revoked', commandId: 'p1/trip/undo/1' as MessageId } as const

function child(definition: SagaDefinition, startAt?: number): Drive {
  const drive = new Drive(definition)
  const started = { type: 'started', sagaId, input: { amount: 7 }, parent } as const
  drive.at(0, startAt === undefined ? started : { ...started, startAt })
  return drive
}

const answered = [{ commandId: undo.commandId, outcome: 'succeeded' }]
const refused = [{ commandId: undo.commandId, outcome: 'refused' }]

describe('a child that is taken back', () => {
  const once = { attempts: 1, undo: { attempts: 1 } } as const
  const two = defineSaga({
    ...saga,
    name: 'two',
    steps: [
      { name: 'a', send: a, ...once },
      { name: 'b', send: b, ...once },
    ],
  })

  it('before its time, or while it waits for its locks, never begins', () => {
    expect(child(two, 5_000).at(1, undo).replies).toMatchObject(answered)
    const waiting = child({ ...two, locks: () => ['x'], lockTimeoutMs: 1_000 })
    expect(waiting.saga?.status).toBe('waiting')
    expect(waiting.at(1, undo)).toMatchObject({
      replies: answered,
      saga: { status: 'compensated' },
    })
  })

  it('while it waits for an answer or a signal does not wait any longer', () => {
    const waits = defineSaga({
      ...saga,
      name: 'waits',
      steps: [
        { name: 'a', send: a },
        { name: 'ok', approval: { by: 'ann', deadlineMs: 90_000 } },
        { name: 'go', waitFor: defineSignal({ name: 'go', data: Type.Null() }) },
      ],
    })
    for (const answers of [0, 1]) {
      const drive = child(waits)
      drive.reply(1, 'a/do/1', 'succeeded')
      if (answers > 0) drive.signal(2, 'ok', { approved: true }, 'ann')
      expect(sentBy(drive.at(3, undo))).toEqual(['a/undo/1'])
      expect(drive.reply(4, 'a/undo/1', 'succeeded').replies).toMatchObject(answered)
    }
  })

  it('while it is stuck on its way forward goes back from there', () => {
    const broken = samples['broken']?.[0]
    if (!broken) throw new Error('the sample is gone')
    const drive = child(broken)
    const stuck = drive.reply(1, 'create/do/1', 'succeeded', { orderId: 'o1' })
    expect(stuck.saga.status).toBe('stuck')
    expect(sentBy(drive.at(2, undo))).toEqual(['create/undo/1'])
    expect(drive.reply(3, 'create/undo/1', 'succeeded').replies).toMatchObject(answered)
  })

  it('while one of its own undos is stuck answers once a person has seen to that', () => {
    const drive = child(two)
    drive.reply(1, 'a/do/1', 'succeeded')
    drive.reply(2, 'b/do/1', 'refused')
    drive.reply(3, 'a/undo/1', 'refused')
    expect(drive.at(4, undo)).toMatchObject({ replies: [], saga: { status: 'stuck' } })
    expect(drive.skip(5, 'a', 'done').replies).toMatchObject(answered)
  })

  it('while a person holds it turns back when it goes on', () => {
    const drive = child(two)
    drive.reply(1, 'a/do/1', 'succeeded')
    drive.operate(2, 'pause')
    expect(factsOf(drive.at(3, undo))).toEqual(['event.held'])
    const resumed = drive.operate(4, 'resume')
    expect(factsOf(resumed)).toContain('saga.revoked')
    drive.reply(5, 'b/do/1', 'refused')
    expect(drive.reply(6, 'a/undo/1', 'succeeded').replies).toMatchObject(answered)
  })

  it('while a person holds it is not forgotten, however much is kept', () => {
    const drive = child(two)
    drive.operate(1, 'pause')
    const paused = drive.saga
    if (paused === null) throw new Error('it has started')
    const held = Array.from({ length: heldMax }, () => ({ type: 'woken' }) as const)
    drive.saga = { ...paused, held }
    expect(factsOf(drive.at(2, undo))).toEqual(['event.held'])
    expect(factsOf(drive.at(3, undo))).toEqual([])
  })

  it('while a person holds it refuses when that person terminates it', () => {
    const drive = child(two)
    drive.operate(1, 'pause')
    drive.at(2, undo)
    expect(drive.operate(3, 'terminate').replies.at(-1)).toMatchObject(refused[0] ?? {})
  })
})

describe('a child that is taken back while it undoes what its statechart left', () => {
  const machine = setup({ actors: { a: commandActor(a), b: commandActor(b) } }).createMachine({
    id: 'm',
    initial: 'first',
    states: {
      first: {
        invoke: { id: 'a', src: 'a', input: { amount: 7 }, onDone: 'completed' },
        after: { 100: 'second' },
      },
      second: { invoke: { id: 'b', src: 'b', input: { amount: 7 }, onDone: 'completed' } },
      completed: { type: 'final' },
    },
    options: { maxIterations: 100 },
  })
  const finishing = (kind: 'compensatable' | 'pivot' = 'compensatable') => {
    const steps = [
      ['a', 'compensatable', a],
      ['b', kind, kind === 'pivot' ? lasting('b') : b],
    ] as const
    const drive = child(rawDefinition({ machine, steps }))
    drive.wake(100)
    expect(sentBy(drive.reply(110, 'b/do/1', 'succeeded'))).toEqual(['a/undo/1'])
    expect(drive.saga?.isFinishing).toBe(true)
    return drive
  }

  it('does that first, then undoes the rest, and answers', () => {
    const drive = finishing()
    expect(drive.at(120, undo)).toMatchObject({ replies: [], commands: [] })
    expect(factsOf(drive.at(121, undo))).toEqual([])
    const rest = drive.reply(130, 'a/undo/1', 'succeeded')
    expect(factsOf(rest)).toEqual(['undo.succeeded a', 'saga.compensating', 'command.sent b'])
    expect(sentBy(rest)).toEqual(['b/undo/1'])
    const end = drive.reply(140, 'b/undo/1', 'succeeded')
    expect(end).toMatchObject({ replies: answered, saga: { status: 'compensated' } })
    expect(end.saga.steps.map(({ undo: state }) => state)).toEqual(['done', 'done'])
  })

  it('does so too when it was stuck in between', () => {
    const drive = finishing()
    drive.reply(120, 'a/undo/1', 'refused', 'no')
    expect(drive.at(130, undo)).toMatchObject({ replies: [], saga: { status: 'stuck' } })
    expect(sentBy(drive.skip(140, 'a', 'none'))).toEqual(['b/undo/1'])
    expect(drive.reply(150, 'b/undo/1', 'succeeded').replies).toMatchObject(answered)
  })

  it('refuses when it is past its point of no return', () => {
    const drive = finishing('pivot')
    expect(drive.at(120, undo).replies).toMatchObject(refused)
    expect(drive.reply(130, 'a/undo/1', 'succeeded')).toMatchObject({
      saga: { status: 'completed' },
    })
  })
})
