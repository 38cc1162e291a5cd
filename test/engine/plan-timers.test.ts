// A saga that goes on with another version never entered its state as that version has it: what
// entering it would have set, or led to, is set by the migration, or stands against it.
import { Type } from 'typebox'
import { describe, expect, it } from 'vitest'
import { type AnyStateMachine, raise, setup } from 'xstate'
import type { Json } from '../../messaging/message.ts'
import { commandActor } from '../../orchestrator/definition/command-actor.ts'
import { defineSaga } from '../../orchestrator/definition/define-saga.ts'
import { defineSignal } from '../../orchestrator/definition/define-signal.ts'
import type {
  MigratingState,
  SagaDefinition,
} from '../../orchestrator/definition/saga-definition.ts'
import { sagaFromMachine } from '../../orchestrator/definition/saga-from-machine.ts'
import type { Advance } from '../../orchestrator/engine/event.ts'
import { plannedMigration } from '../../orchestrator/engine/migrate.ts'
import { type MigrationPlan, planMigration } from '../../orchestrator/engine/plan-migration.ts'
import type { Saga } from '../../orchestrator/engine/saga.ts'
import { Drive, factsOf, sagaId, sentBy } from './drive.ts'
import { Amount, undoable } from './sample-contracts.ts'

const [a, b] = [undoable('a'), undoable('b')]
const stepA = { name: 'a', send: a } as const
const stepB = { name: 'b', send: b } as const
const paid = defineSignal({ name: 'paid', data: Type.Null() })
const waiting = { name: 'paying', waitFor: paid } as const

function version(
  number: number,
  steps: readonly unknown[],
  options: { readonly deadlineMs?: number } = {},
): SagaDefinition {
  const given = { name: 'trip', version: number, input: Amount, steps, ...options }
  return defineSaga(given as never)
}

/** From version 1 to the state of that name. */
function mappedTo(definition: SagaDefinition, value: Json): SagaDefinition {
  const map = ({ context }: MigratingState) => ({ value, context })
  return { ...definition, migrations: new Map([[1, map]]) }
}

const first = version(1, [stepA, waiting, stepB])

/** A saga that waits to be paid since 10. */
function driven(definition = first): Drive {
  const drive = new Drive(definition)
  drive.start(0)
  drive.reply(10, 'a/do/1', 'succeeded')
  return drive
}

function planFor(drive: Drive, to: SagaDefinition, startedAt = 0): MigrationPlan {
  return planMigration({ from: drive.definition, to, saga: drive.saga as Saga, startedAt })
}

const verdict = ({ type, reason }: MigrationPlan) => `${type}: ${reason}`

/** Goes on with that version at that time; what is migrated must be planned as ok. */
function migrate(before: Drive, to: SagaDefinition, now: number) {
  const plan = planFor(before, to)
  if (plan.type !== 'ok') throw new Error(plan.reason)
  const by = { requestId: 'm1', actor: 'ann', reason: 'better' }
  const { version: from } = before.definition
  const empty = { type: 'migrated', from, to: to.version, ...by, value: null, context: null }
  const drive = new Drive(to)
  drive.saga = before.saga
  const moved: Advance = drive.at(now, plannedMigration(empty as never, plan))
  return { drive, moved, reason: plan.reason }
}

describe('a time limit that only the new version has', () => {
  const limited = version(2, [stepA, { ...waiting, timeoutMs: 1_000 }, stepB])

  it('of a wait counts from the migration, and the dry run says so', () => {
    const { drive, moved, reason } = migrate(driven(), limited, 500)
    expect(reason).toBe('sets timer xstate.after.timeout:paying.trip.paying')
    expect(moved.wakeAt).toBe(1_500)
    expect(drive.wake(1_499).facts).toEqual([])
    expect(sentBy(drive.wake(1_500))).toEqual(['a/undo/1'])
  })

  it('of a wait is dropped when the signal comes in time', () => {
    const { drive } = migrate(driven(), limited, 500)
    const moved = drive.signal(600, 'paid')
    expect(sentBy(moved)).toEqual(['b/do/1'])
    expect(drive.saga?.timers).toEqual([])
  })

  it('of a wait counts while the saga is paused, and strikes once it goes on', () => {
    const paused = driven()
    paused.operate(20, 'pause')
    const { drive, moved } = migrate(paused, limited, 500)
    expect(moved.wakeAt).toBeNull()
    const by = { requestId: 'm2', actor: 'ann', reason: 'go on' }
    expect(drive.at(2_000, { type: 'operated', verb: 'resume', ...by }).wakeAt).toBe(1_500)
    expect(sentBy(drive.wake(2_000))).toEqual(['a/undo/1'])
  })

  it('of a wait keeps the time it is set to when a later version changes its length', () => {
    const longer = version(3, [stepA, { ...waiting, timeoutMs: 9_000 }, stepB])
    const { drive } = migrate(driven(), limited, 500)
    const { moved, reason } = migrate(drive, longer, 600)
    expect(reason).toBeNull()
    expect(moved.wakeAt).toBe(1_500)
  })

  it('of the whole saga counts from its start, and strikes at once when it is over', () => {
    const to = version(2, [stepA, waiting, stepB], { deadlineMs: 5_000 })
    const early = migrate(driven(), to, 500)
    expect(early.reason).toBe('must end by 1970-01-01T00:00:05.000Z')
    expect(early.moved.wakeAt).toBe(5_000)
    const late = migrate(driven(), to, 60_000)
    expect(late.moved.wakeAt).toBe(5_000)
    expect(factsOf(late.drive.wake(60_000))).toContain('saga.overdue')
    expect(late.drive.saga?.status).toBe('compensating')
  })

  it('of the whole saga counts from when it began, where its start was for later', () => {
    const later = new Drive(version(1, [waiting]))
    later.at(0, { type: 'started', sagaId, input: { amount: 7 }, startAt: 70_000 })
    later.wake(70_010)
    const to = version(2, [waiting], { deadlineMs: 5_000 })
    expect(planFor(later, to)).toMatchObject({ deadlineAt: 75_010 })
  })

  it('of the whole saga does not replace one that it has, or that has struck', () => {
    const from = version(1, [{ ...stepA, kind: 'pivot' }, waiting], { deadlineMs: 100 })
    const to = version(2, [{ ...stepA, kind: 'pivot' }, waiting], { deadlineMs: 900 })
    const drive = driven(from)
    expect(migrate(drive, to, 20).moved.wakeAt).toBe(100)
    drive.wake(100)
    expect(drive.saga).toMatchObject({ status: 'running', deadlineAt: null })
    expect(migrate(drive, to, 200).moved.wakeAt).toBeNull()
  })

  it('does not concern a saga that is being undone', () => {
    const drive = driven()
    drive.operate(20, 'cancel')
    const to = version(2, [stepA, { ...waiting, timeoutMs: 1_000 }], { deadlineMs: 5_000 })
    expect(planFor(drive, to)).toMatchObject({ type: 'ok', timers: [], deadlineAt: null })
  })
})

describe('an approval that was escalated', () => {
  const approval = { by: 'ann', deadlineMs: 900, escalate: { afterMs: 50, to: 'bob' } }

  it('is not escalated once more', () => {
    const before = driven(version(1, [stepA, { name: 'ok', approval }]))
    expect(factsOf(before.wake(60))).toContain('approval.escalated')
    const to = version(2, [stepA, { name: 'ok', approval }, stepB])
    const { moved, reason } = migrate(before, to, 100)
    expect(reason).toBeNull()
    expect(moved.wakeAt).toBe(910)
  })

  it('is escalated, and has its deadline, where only the new version says so', () => {
    const before = driven(version(1, [stepA, { name: 'ok', approval: { ...approval } }]))
    const plain = { by: 'ann', deadlineMs: 900 }
    const from = driven(version(1, [stepA, { name: 'ok', approval: plain }]))
    const to = version(2, [stepA, { name: 'ok', approval }])
    const { drive } = migrate(from, to, 100)
    expect(factsOf(drive.wake(150))).toContain('approval.escalated')
    expect(planFor(before, to)).toMatchObject({ reason: null })
  })
})

describe('a map into a state that', () => {
  const into = (item: object, value = 'rest') =>
    mappedTo(version(2, [stepA, { name: 'rest', ...item }, waiting, stepB]), value)

  it('lasts for some time sets its timer', () => {
    const { drive, moved } = migrate(driven(), into({ delayMs: 1_000 }), 500)
    expect(moved.wakeAt).toBe(1_500)
    drive.wake(1_500)
    expect(drive.saga?.value).toBe('paying')
  })

  it('lasts until a moment sets its timer, at once for one that is over', () => {
    expect(migrate(driven(), into({ until: () => 9_000 }), 500).moved.wakeAt).toBe(9_000)
    expect(migrate(driven(), into({ until: () => 90 }), 500).moved.wakeAt).toBe(500)
  })

  it('lasts for a computed time computes it from the mapped context', () => {
    const item = { delayMs: ({ input }: { input: { amount: number } }) => input.amount * 10 }
    const to = version(2, [stepA, { name: 'rest', ...item }])
    const map = ({ context }: MigratingState) => ({
      value: 'rest',
      context: { ...(context as object), input: { amount: 30 } } as Json,
    })
    const mapped = { ...to, migrations: new Map([[1, map]]) }
    expect(migrate(driven(), mapped, 500).moved.wakeAt).toBe(800)
  })

  it.each([
    ['a delay that throws', () => Promise.reject, 'is NaN'],
    ['a delay before now', () => -1, 'is -1'],
  ])('has %s is impossible', (_, delayMs, reason) => {
    const { type, reason: told } = planFor(driven(), into({ delayMs }))
    expect(type).toBe('impossible')
    expect(told).toContain(`in "rest", version 2 threw: the delay of `)
    expect(told).toContain(reason)
  })

  it('has a delay that throws is impossible, with what it threw', () => {
    const delayMs = () => {
      throw new TypeError('no such field')
    }
    expect(verdict(planFor(driven(), into({ delayMs })))).toBe(
      'impossible: in "rest", version 2 threw: no such field',
    )
  })

  it('is passed at once is impossible', () => {
    const choose = [{ when: () => true, steps: [{ name: 'wait', delayMs: 5 }] }]
    expect(verdict(planFor(driven(), into({ choose })))).toBe(
      'impossible: what the map gives does not fit: ' +
        'its state "rest" is left at once in version 2',
    )
  })

  it('has come to its end already is impossible', () => {
    const branch = (name: string) => [{ name, delayMs: 5 }]
    const parallel = { one: branch('x'), other: branch('y') }
    const to = version(2, [stepA, { name: 'rest', parallel }, stepB])
    const ended = mappedTo(to, { rest: { one: 'completed', other: 'completed' } })
    expect(verdict(planFor(driven(), ended))).toContain('is left at once in version 2')
    const halfway = mappedTo(to, { rest: { one: 'completed', other: 'y' } })
    const { drive, moved } = migrate(driven(), halfway, 500)
    expect(moved.wakeAt).toBe(505)
    expect(sentBy(drive.wake(505))).toEqual(['b/do/1'])
  })
})

/** A machine that rests in its state `idle`, with this in it. */
function raw(number: number, idle: object): SagaDefinition {
  const machine = setup({ actors: { a: commandActor(a) } }).createMachine({
    id: 'm',
    initial: 'idle',
    context: { isOpen: false },
    states: {
      idle: { on: { paid: 'completed' }, ...idle },
      completed: { type: 'final' },
    },
  } as never)
  return sagaFromMachine({
    version: number,
    input: Amount,
    machine: machine as unknown as AnyStateMachine,
    signals: [paid],
  })
}

function resting(definition: SagaDefinition): Drive {
  const drive = new Drive(definition)
  drive.start(0)
  return drive
}

describe('a state of a machine written by hand that', () => {
  const idle = raw(1, {})
  const always = (isOpen: boolean) => ({
    always: {
      guard: ({ context }: { context: { isOpen: boolean } }) => context.isOpen === isOpen,
      target: 'completed',
    },
  })

  it('is left at once needs a map, and one that would be left later does not', () => {
    expect(verdict(planFor(resting(idle), raw(2, always(false))))).toBe(
      'needs-map: its state "idle" is left at once in version 2',
    )
    expect(planFor(resting(idle), raw(2, always(true))).type).toBe('ok')
  })

  it('has a guard that throws is impossible', () => {
    const guard = () => {
      throw new TypeError('no such field')
    }
    expect(
      verdict(planFor(resting(idle), raw(2, { always: { guard, target: 'completed' } }))),
    ).toBe(`impossible: in "idle", version 2 threw: no such field`)
  })

  it('nothing leads out of any more needs a map', () => {
    const closed = raw(2, { on: {} })
    expect(verdict(planFor(resting(idle), closed))).toBe(
      'needs-map: nothing in version 2 moves it on from there',
    )
  })

  it('raises an event later has that timer set as well', () => {
    const to = raw(2, { entry: raise({ type: 'late' }, { delay: 300 }), on: { late: 'completed' } })
    const { drive, moved, reason } = migrate(resting(idle), to, 500)
    expect(reason).toBe('sets timer late')
    expect(moved.wakeAt).toBe(800)
    drive.wake(800)
    expect(drive.saga?.status).toBe('completed')
  })
})
