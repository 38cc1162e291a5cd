// Rules about a saga as a whole: later starts, locks, its deadline, pauses, and its parent.
import { describe, expect, it } from 'vitest'
import type { MessageId, SagaId } from '../../messaging/message.ts'
import { defineSaga } from '../../orchestrator/definition/define-saga.ts'
import type { SagaDefinition } from '../../orchestrator/definition/saga-definition.ts'
import { answerToRepeat } from '../../orchestrator/engine/end.ts'
import type { Parent, Saga } from '../../orchestrator/engine/saga.ts'
import { Drive, factsOf, sagaId, sentBy } from './drive.ts'
import { Amount, lasting, undoable } from './sample-contracts.ts'

const twoSteps = defineSaga({
  name: 'two-steps',
  version: 1,
  input: Amount,
  steps: [
    { name: 'a', send: undoable('a') },
    { name: 'b', send: undoable('b') },
  ],
})
const withPivot = defineSaga({
  name: 'with-pivot',
  version: 1,
  input: Amount,
  steps: [
    { name: 'a', send: undoable('a') },
    { name: 'pay', kind: 'pivot', send: lasting('pay') },
    { name: 'last', kind: 'retriable', send: lasting('last') },
  ],
})

describe('a start for later', () => {
  const started = () => {
    const drive = new Drive(twoSteps)
    drive.at(0, { type: 'started', sagaId, input: { amount: 7 }, startAt: 5_000 })
    return drive
  }

  it('sends nothing before its time', () => {
    const drive = started()
    expect(drive.saga?.status).toBe('scheduled')
    expect(factsOf(drive.wake(4_999))).toEqual([])
    expect(sentBy(drive.wake(5_000))).toEqual(['a/do/1'])
  })

  it('that is cancelled was never anything', () => {
    const drive = started()
    expect(drive.operate(100, 'cancel').saga.status).toBe('compensated')
    expect(sentBy(drive.wake(5_000))).toEqual([])
  })

  it('in the past is one at once', () => {
    const drive = new Drive(twoSteps)
    const event = { type: 'started', sagaId, input: { amount: 7 }, startAt: 5_000 } as const
    expect(sentBy(drive.at(6_000, event))).toEqual(['a/do/1'])
  })
})

describe('a saga with locks', () => {
  const locked = { ...twoSteps, locks: () => ['x', 'y'], lockTimeoutMs: 1_000 }

  it('waits for them', () => {
    const drive = new Drive(locked)
    expect(drive.start(0)).toMatchObject({ wakeAt: 1_000, saga: { locks: ['x', 'y'] } })
    expect(sentBy(drive.at(500, { type: 'locked' }))).toEqual(['a/do/1'])
    expect(factsOf(drive.at(600, { type: 'locked' }))).toEqual([])
  })

  it('gives up when its time is over', () => {
    const drive = new Drive(locked)
    drive.start(0)
    const { saga } = drive.wake(1_000)
    expect(saga.status).toBe('compensated')
    expect(saga.failure?.reason).toBe('its locks were not free in time')
  })
})

describe('a saga with locks that was paused', () => {
  it('may still wait as long as before', () => {
    const drive = new Drive({ ...twoSteps, locks: () => ['x'], lockTimeoutMs: 1_000 })
    drive.start(0)
    drive.operate(400, 'pause')
    expect(drive.operate(5_400, 'resume').wakeAt).toBe(6_000)
    expect(drive.wake(5_999).saga.status).toBe('waiting')
  })
})

describe('the deadline of a saga', () => {
  it('settles what is under way, then turns back', () => {
    const drive = new Drive({ ...twoSteps, deadlineMs: 500 })
    drive.start(0)
    drive.reply(10, 'a/do/1', 'succeeded')
    expect(factsOf(drive.wake(500))).toEqual(['saga.overdue', 'saga.compensating'])
    expect(sentBy(drive.reply(600, 'b/do/1', 'succeeded'))).toEqual(['b/undo/1'])
    expect(sentBy(drive.reply(700, 'b/undo/1', 'succeeded'))).toEqual(['a/undo/1'])
    expect(drive.reply(800, 'a/undo/1', 'succeeded').saga.status).toBe('compensated')
  })

  it('only reports once there is no way back', () => {
    const drive = new Drive({ ...withPivot, deadlineMs: 500 })
    drive.start(0)
    drive.reply(10, 'a/do/1', 'succeeded')
    drive.reply(20, 'pay/do/1', 'succeeded')
    expect(factsOf(drive.wake(500))).toEqual(['saga.overdue', 'saga.flagged'])
    expect(drive.reply(600, 'last/do/1', 'succeeded').saga.status).toBe('completed')
  })
})

describe('the deadline of a step', () => {
  it('counts for all its attempts together', () => {
    const retry = { attempts: 10, timeoutMs: 400, deadlineMs: 1_000 }
    const drive = new Drive(
      defineSaga({
        name: 'hasty',
        version: 1,
        input: Amount,
        steps: [{ name: 'a', send: undoable('a'), ...retry }],
      }),
    )
    expect(drive.start(0).wakeAt).toBe(400)
    expect(drive.wake(400).wakeAt).toBe(800)
    expect(drive.wake(800).wakeAt).toBe(1_000)
    expect(factsOf(drive.wake(1_000))).toContain('step.unknown a')
  })
})

describe('a paused saga', () => {
  it('keeps what comes, and takes it up in its order', () => {
    const drive = new Drive(twoSteps)
    drive.start(0)
    drive.operate(10, 'pause')
    expect(factsOf(drive.reply(20, 'a/do/1', 'succeeded'))).toEqual(['event.held'])
    expect(factsOf(drive.reply(30, 'a/do/1', 'succeeded'))).toEqual([])
    expect(drive.wake(1_000_000)).toMatchObject({ wakeAt: null, facts: [] })
    expect(sentBy(drive.operate(1_000_010, 'resume'))).toEqual(['b/do/1'])
    expect(drive.saga).toMatchObject({ status: 'running', held: [], pause: null })
  })

  it('does not keep what it never asked for', () => {
    const drive = new Drive(twoSteps)
    drive.start(0)
    drive.operate(10, 'pause')
    expect(drive.reply(20, 'z/do/1', 'succeeded').problem?.code).toBe('REPLY_UNUSABLE')
    expect(drive.saga?.held).toEqual([])
  })

  it('asks again for what it was not told in time', () => {
    const drive = new Drive(twoSteps)
    drive.start(0)
    drive.operate(10, 'pause')
    expect(drive.operate(1_000_000, 'resume').wakeAt).toBe(30_000)
    expect(sentBy(drive.wake(1_000_000))).toEqual(['a/do/1'])
  })
})

describe('a terminated saga', () => {
  it('undoes nothing, and flags a success that comes late', () => {
    const drive = new Drive(twoSteps)
    drive.start(0)
    expect(drive.operate(10, 'terminate')).toMatchObject({ commands: [], wakeAt: null })
    const late = drive.reply(20, 'a/do/1', 'succeeded')
    expect(factsOf(late)).toEqual(['reply.late', 'saga.flagged a'])
    expect(factsOf(drive.reply(30, 'a/do/1', 'succeeded'))).toEqual(['reply.late'])
  })
})

describe('a child saga', () => {
  const parent: Parent = {
    sagaId: 'p1' as SagaId,
    step: 'trip',
    visit: 1,
    commandId: 'p1/trip/do/1' as MessageId,
    attempt: 1,
    replyTo: 'sagaline.replies',
  }
  const undo = { type: 'revoked', commandId: 'p1/trip/undo/1' as MessageId } as const

  const started = (definition: SagaDefinition = twoSteps) => {
    const drive = new Drive(definition)
    drive.at(0, { type: 'started', sagaId, input: { amount: 7 }, parent })
    return drive
  }
  const completed = () => {
    const drive = started({ ...twoSteps, output: () => 'the trip' })
    drive.reply(10, 'a/do/1', 'succeeded')
    return { drive, end: drive.reply(20, 'b/do/1', 'succeeded') }
  }

  it('answers with its output', () => {
    expect(completed().end.replies).toMatchObject([
      { commandId: 'p1/trip/do/1', outcome: 'succeeded', data: 'the trip' },
    ])
  })

  it('refuses when it turned back', () => {
    const drive = started()
    expect(drive.reply(10, 'a/do/1', 'refused', 'full').replies).toMatchObject([
      { commandId: 'p1/trip/do/1', outcome: 'refused', data: { step: 'a', reason: 'full' } },
    ])
  })

  it('that has completed is undone by its own compensation', () => {
    const { drive } = completed()
    expect(sentBy(drive.at(30, undo))).toEqual(['b/undo/1'])
    expect(drive.at(31, undo)).toMatchObject({ commands: [], replies: [], facts: [] })
    expect(sentBy(drive.reply(40, 'b/undo/1', 'succeeded'))).toEqual(['a/undo/1'])
    const end = drive.reply(50, 'a/undo/1', 'succeeded')
    expect(end.saga.status).toBe('compensated')
    expect(end.replies).toMatchObject([{ commandId: undo.commandId, outcome: 'succeeded' }])
    expect(drive.at(60, undo).replies).toEqual(end.replies)
  })

  it('that is under way turns back', () => {
    const drive = started()
    drive.reply(10, 'a/do/1', 'succeeded')
    expect(drive.at(20, undo).saga.status).toBe('compensating')
    expect(sentBy(drive.reply(30, 'b/do/1', 'refused', 'full'))).toEqual(['a/undo/1'])
    expect(drive.reply(40, 'a/undo/1', 'succeeded').replies).toMatchObject([
      { commandId: undo.commandId, outcome: 'succeeded' },
    ])
  })

  it('that is past its point of no return cannot be taken back', () => {
    const drive = started(withPivot)
    drive.reply(10, 'a/do/1', 'succeeded')
    drive.reply(20, 'pay/do/1', 'succeeded')
    expect(drive.at(30, undo)).toMatchObject({
      replies: [{ commandId: undo.commandId, outcome: 'refused' }],
      saga: { status: 'running', undoCommandId: null },
    })
  })

  it('that was abandoned on its way forward is not taken back', () => {
    const drive = started({ ...twoSteps, output: () => 'the trip' })
    drive.reply(10, 'a/do/1', 'succeeded')
    const saga = drive.saga
    if (saga === null) throw new Error('it has started')
    drive.saga = { ...saga, status: 'abandoned', stuck: null }
    const answer = drive.at(20, undo)
    expect(answer.replies).toMatchObject([{ outcome: 'refused', data: { status: 'abandoned' } }])
    expect(answer.saga.status).toBe('abandoned')
    expect(sentBy(answer)).toEqual([])
  })

  it('answers a repeated command when it has ended, with the number of that sending', () => {
    const drive = started()
    expect(answerToRepeat(drive.saga as Saga, 2)).toBeNull()
    drive.reply(10, 'a/do/1', 'refused', 'full')
    expect(answerToRepeat(drive.saga as Saga, 2)).toMatchObject({
      commandId: 'p1/trip/do/1',
      attempt: 2,
      outcome: 'refused',
    })
  })

  it('that was taken back refuses a repeated command', () => {
    const { drive } = completed()
    drive.at(30, undo)
    drive.reply(40, 'b/undo/1', 'succeeded')
    expect(answerToRepeat(drive.saga as Saga, 2)).toBeNull()
    drive.reply(50, 'a/undo/1', 'succeeded')
    expect(answerToRepeat(drive.saga as Saga, 2)).toMatchObject({
      direction: 'do',
      outcome: 'refused',
      data: { reason: 'it was taken back' },
    })
  })

  it('that was terminated leaves its parent in the dark', () => {
    const drive = started()
    expect(drive.operate(10, 'terminate').replies).toMatchObject([{ outcome: 'failed' }])
    expect(drive.at(20, undo).replies).toMatchObject([{ outcome: 'refused' }])
  })
})
