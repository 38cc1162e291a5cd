// Whether a living saga can go on with another version: what it did and has under way must mean
// the same there, and its state must be one of the new version's.
import { Type } from 'typebox'
import { describe, expect, it } from 'vitest'
import { setup } from 'xstate'
import { createCheck } from '../../messaging/check.ts'
import { commandActor } from '../../orchestrator/definition/command-actor.ts'
import { defineSaga } from '../../orchestrator/definition/define-saga.ts'
import type {
  MigratingState,
  SagaDefinition,
} from '../../orchestrator/definition/saga-definition.ts'
import { type MigrationPlan, planMigration } from '../../orchestrator/engine/plan-migration.ts'
import type { Saga } from '../../orchestrator/engine/saga.ts'
import { Drive, sagaId } from './drive.ts'
import { rawDefinition } from './raw-definition.ts'
import { Amount, lasting, undoable } from './sample-contracts.ts'

const [a, b, c, pay] = [undoable('a'), undoable('b'), undoable('c'), lasting('pay')]

const stepA = { name: 'a', send: a } as const
const stepB = { name: 'b', send: b } as const
const stepC = { name: 'c', send: c } as const
const stepPay = { name: 'pay', kind: 'pivot', send: pay } as const

type Steps = Parameters<typeof defineSaga>[0]['steps']

/** Anything goes as steps here: whether they fit together is checked at run time. */
function version(number: number, ...steps: readonly unknown[]): SagaDefinition {
  return defineSaga({
    name: 'list',
    version: number,
    input: Amount,
    steps: steps as Steps,
  } as never)
}

const old = version(1, stepA, stepB, stepPay)

type Map = (state: MigratingState) => MigratingState
const withMap = (definition: SagaDefinition, map: Map): SagaDefinition => ({
  ...definition,
  migrations: new Map([[1, map]]),
})

/** A saga of the definition after these steps were done; the one behind them is under way. */
function driven(definition: SagaDefinition, ...done: readonly string[]): Drive {
  const drive = new Drive(definition)
  drive.start(0)
  for (const step of done) drive.reply(10, `${step}/do/1`, 'succeeded')
  return drive
}

function living({ saga }: Drive): Saga {
  if (saga === null) throw new Error('the saga was not started')
  return saga
}

function plan(from: SagaDefinition, to: SagaDefinition, drive: Drive): MigrationPlan {
  return planMigration({ from, to, saga: living(drive), startedAt: 0 })
}

const nothingToSet = { timers: [], deadlineAt: null }
const verdict = ({ type, reason }: MigrationPlan) => `${type}: ${reason}`

describe('a list of steps', () => {
  it('goes on as it is when everything that was sent means the same', () => {
    const to = version(2, stepA, stepB, stepC, stepPay)
    const drive = driven(old, 'a')
    expect(plan(old, to, drive)).toEqual({
      type: 'ok',
      reason: null,
      state: { value: 'b', context: living(drive).context },
      ...nothingToSet,
    })
  })

  it('goes on without a step that it has not come to', () => {
    expect(plan(old, version(2, stepA, stepC), driven(old)).type).toBe('ok')
  })

  it('is told of a new step that it is past already', () => {
    const to = version(2, stepC, stepA, stepB, stepPay)
    expect(verdict(plan(old, to, driven(old)))).toBe(
      'ok: it is past c, which it will not do any more',
    )
  })

  it.each([
    ['a step that is under way is gone', version(2, stepA, stepPay), 'step b is not in version 2'],
    ['a step that was done is gone', version(2, stepB, stepPay), 'step a is not in version 2'],
    [
      'a step sends another command',
      version(2, { ...stepA, send: c }, stepB),
      'step a has another command in version 2',
    ],
    [
      'a command goes to another topic',
      version(2, { ...stepA, send: { ...a, topic: 'elsewhere' } }, stepB),
      'step a has another command in version 2',
    ],
    [
      'a step has another undo',
      version(2, { ...stepA, send: { ...a, undo: c.undo } }, stepB),
      'step a has another undo in version 2',
    ],
    [
      'a step has another kind',
      version(2, stepA, { ...stepB, kind: 'pivot' }),
      'step b has another kind in version 2',
    ],
  ])('cannot go on when %s', (_, to, reason) => {
    expect(verdict(plan(old, to, driven(old, 'a')))).toBe(`impossible: ${reason}`)
    const hopeful = withMap(to, (state) => state)
    expect(verdict(plan(old, hopeful, driven(old, 'a')))).toBe(`impossible: ${reason}`)
  })

  it('cannot go on past a pivot that the new version does not have', () => {
    const from = version(1, stepA, stepPay, {
      name: 'tell',
      kind: 'retriable',
      send: lasting('tell'),
    })
    const to = version(2, stepA, { ...stepPay, kind: 'retriable' }, { ...stepC, kind: 'retriable' })
    expect(verdict(plan(from, to, driven(from, 'a', 'pay')))).toBe(
      'impossible: it is at or past its pivot pay, which is none in version 2',
    )
    expect(plan(from, version(2, stepA, stepB), driven(from)).type).toBe('ok')
  })

  it('cannot go on once it has ended, or when it has another version', () => {
    const to = version(2, stepA, stepB, stepPay)
    const ended = driven(old, 'a', 'b', 'pay')
    expect(verdict(plan(old, to, ended))).toBe('impossible: it is completed')
    const third = version(3, stepA)
    expect(verdict(plan(to, third, driven(old)))).toBe('impossible: it has version 1')
  })

  it('can be migrated while it is undone, by what must still be undone', () => {
    const drive = driven(old, 'a')
    drive.reply(20, 'b/do/1', 'refused', 'no')
    expect(living(drive).status).toBe('compensating')
    expect(plan(old, version(2, stepA, stepC), drive).type).toBe('ok')
    expect(verdict(plan(old, version(2, stepB), drive))).toBe(
      'impossible: step a is not in version 2',
    )
  })
})

const Stricter = Type.Object({ amount: Type.Number(), currency: Type.String() })
const stricter = {
  ...version(2, stepA, stepB, stepPay),
  input: Stricter,
  checkInput: createCheck(Stricter),
}

describe('an input that does not fit the new version', () => {
  it('needs a map, and goes on from what the map gives', () => {
    const drive = driven(old, 'a')
    expect(verdict(plan(old, stricter, drive))).toContain(
      'needs-map: its input does not fit version 2',
    )
    const to = withMap(stricter, ({ value, context }) => {
      const { input, replies } = context as { input: object; replies: object }
      return { value, context: { input: { ...input, currency: 'EUR' }, replies } as never }
    })
    expect(plan(old, to, drive)).toEqual({
      type: 'ok',
      reason: null,
      state: {
        value: 'b',
        context: { input: { amount: 7, currency: 'EUR' }, replies: { a: null } },
      },
      ...nothingToSet,
    })
  })

  it('makes it impossible when the map does not help, throws, or gives nothing', () => {
    const drive = driven(old, 'a')
    const idle = withMap(stricter, (state) => state)
    expect(verdict(plan(old, idle, drive))).toContain(
      'impossible: what the map gives does not fit: its input does not fit version 2',
    )
    const throwing = withMap(stricter, () => {
      throw new TypeError('no currency')
    })
    expect(verdict(plan(old, throwing, drive))).toBe('impossible: the map threw: no currency')
    const forgetful = withMap(stricter, () => ({}) as MigratingState)
    expect(plan(old, forgetful, drive).type).toBe('impossible')
  })

  it('makes it impossible for a saga that has not begun, whose input no map can change', () => {
    const drive = new Drive(old)
    drive.at(0, { type: 'started', sagaId, input: { amount: 7 }, startAt: 1_000 })
    expect(living(drive).status).toBe('scheduled')
    expect(plan(old, version(2, stepC), drive)).toEqual({
      type: 'ok',
      reason: null,
      state: { value: null, context: null },
      ...nothingToSet,
    })
    expect(
      verdict(
        plan(
          old,
          withMap(stricter, (state) => state),
          drive,
        ),
      ),
    ).toContain('impossible: its input does not fit version 2')
  })
})

it('a reply that later steps may read must fit the new contract', () => {
  const Shelf = Type.Object({ shelf: Type.String() })
  const to = version(
    2,
    { ...stepA, send: { ...a, checkReply: createCheck(Shelf) } },
    stepB,
    stepPay,
  )
  expect(verdict(plan(old, to, driven(old, 'a')))).toContain(
    'needs-map: the reply to a does not fit version 2',
  )
})

it('a map runs although the state fits, and cannot touch the saga that it is shown', () => {
  const drive = driven(old)
  const before = structuredClone(living(drive))
  const to = withMap(version(2, stepA, stepB, stepPay), (state) => {
    const context = state.context as { replies: Record<string, unknown> }
    context.replies['note'] = 'was here'
    return state
  })
  expect(plan(old, to, drive)).toMatchObject({
    type: 'ok',
    state: { context: { replies: { note: 'was here' } } },
  })
  expect(living(drive)).toEqual(before)
})

const machines = setup({ actors: { a: commandActor(a), b: commandActor(b) } })
const ask = (src: 'a' | 'b', onDone: string) =>
  ({ id: src, src, input: () => ({ amount: 7 }), onDone, onError: '#m.failed' }) as const
const ends = { completed: { type: 'final' }, failed: { type: 'final', tags: ['failed'] } } as const

/** A machine that begins in its first state. */
function raw(number: number, states: Readonly<Record<string, object>>): SagaDefinition {
  const machine = machines.createMachine({
    id: 'm',
    initial: Object.keys(states)[0] as never,
    states: { ...states, ...ends } as never,
    options: { maxIterations: 100 },
  })
  const steps = [
    ['a', 'compensatable', a],
    ['b', 'compensatable', b],
  ] as const
  const definition = rawDefinition({ machine: machine as never, steps })
  return { ...definition, version: number, signals: signalsOf('go', 'rest', 'back') }
}

describe('a machine written by hand', () => {
  const asking = raw(1, {
    asking: { invoke: ask('a', 'waiting') },
    waiting: { on: { go: 'completed' } },
  })

  it('needs a map from a state that is gone, and goes on from the one that the map says', () => {
    const to = raw(2, { asked: { invoke: ask('a', 'completed') } })
    const drive = driven(asking)
    expect(verdict(plan(asking, to, drive))).toBe(
      'needs-map: its state "asking" is not in version 2',
    )
    const mapped = withMap(to, ({ context }) => ({ value: 'asked', context }))
    expect(plan(asking, mapped, drive)).toMatchObject({ type: 'ok', state: { value: 'asked' } })
  })

  it('needs a map when its state no longer waits for what is under way', () => {
    const to = raw(2, { asking: { on: { go: 'completed' } } })
    expect(verdict(plan(asking, to, driven(asking)))).toBe(
      'needs-map: step a is under way, and version 2 does not wait for it there',
    )
  })

  it('needs a map when its state now waits for a command that was never sent', () => {
    const to = raw(2, { waiting: { invoke: ask('b', 'completed') } })
    expect(verdict(plan(asking, to, driven(asking, 'a')))).toBe(
      'needs-map: version 2 waits there for b, which was never sent',
    )
  })

  it('needs a map when its state now has states inside, or is an end', () => {
    const inside = raw(2, { waiting: { initial: 'first', states: { first: {} } } })
    expect(verdict(plan(asking, inside, driven(asking, 'a')))).toBe(
      'needs-map: its state "waiting" is not in version 2',
    )
    const end = raw(2, { other: {}, waiting: { type: 'final' } })
    expect(verdict(plan(asking, end, driven(asking, 'a')))).toBe(
      'needs-map: its state "waiting" is an end in version 2',
    )
  })

  it('keeps a timer that the new version has as well, and needs a map for one that it has not', () => {
    const timed = (number: number, ms: number) =>
      raw(number, { idle: { after: { [ms]: 'failed' } } })
    expect(plan(timed(1, 500), timed(2, 500), driven(timed(1, 500))).type).toBe('ok')
    expect(verdict(plan(timed(1, 500), timed(2, 800), driven(timed(1, 500))))).toContain(
      'needs-map: its timer xstate.after.500.m.idle means nothing in version 2',
    )
  })

  it('cannot go on when a history state leads nowhere', () => {
    const busy = {
      initial: 'one',
      states: { one: { on: { rest: '#m.resting' } }, h: { type: 'history' } },
    }
    const from = raw(1, { busy, resting: { on: { back: 'busy.h' } } })
    const resting = raw(2, { busy: { initial: 'two', states: { two: {} } }, resting: {} })
    const drive = driven(from)
    drive.signal(5, 'rest')
    expect(living(drive).value).toBe('resting')
    expect(verdict(plan(from, resting, drive))).toBe(
      'impossible: its history state m.busy.one is not in version 2',
    )
    expect(plan(from, { ...from, version: 2 }, drive).type).toBe('ok')
  })

  it('cannot go on when a step has moved to other parallel states', () => {
    const to = { ...asking, version: 2, paths: new Map([['a', [{ group: 'both', branch: 1 }]]]) }
    expect(verdict(plan(asking, to, driven(asking)))).toBe(
      'impossible: step a stands in other parallel states in version 2',
    )
  })
})

function signalsOf(...names: readonly string[]): SagaDefinition['signals'] {
  const data = Type.Unknown()
  const check = createCheck(data)
  return new Map(names.map((name) => [name, { name, data, check, needsActor: false }]))
}
