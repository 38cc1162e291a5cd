// Where a saga is stuck, told by its events alone: while others beside it are sent again, and when
// the definition could not take a timer.
import { Type } from 'typebox'
import { expect, it } from 'vitest'
import { setup } from 'xstate'
import { commandActor } from '../../orchestrator/definition/command-actor.ts'
import { defineSignal } from '../../orchestrator/definition/define-signal.ts'
import { sagaFromMachine } from '../../orchestrator/definition/saga-from-machine.ts'
import { commandId } from '../../orchestrator/engine/command-id.ts'
import type { SagaEvent } from '../../orchestrator/engine/event.ts'
import { foldSagaEvents } from '../../orchestrator/lifecycle/fold-saga-events.ts'
import { Amount, lasting } from '../engine/sample-contracts.ts'
import { sagaId, ToldRun } from './told-run.ts'

const [x, y] = [lasting('x'), lasting('y')]
const poke = defineSignal({ name: 'poke', data: Type.Null() })
const region = (src: 'x' | 'y') =>
  ({
    initial: 'asked',
    states: {
      asked: { invoke: { id: src, src, input: { amount: 7 }, onDone: 'done' } },
      done: { type: 'final' },
    },
  }) as const

const machine = setup({
  actors: { x: commandActor(x), y: commandActor(y) },
  guards: {
    broken: () => {
      throw new Error('broken')
    },
  },
}).createMachine({
  id: 'm',
  initial: 'all',
  states: {
    all: {
      type: 'parallel',
      states: {
        left: region('x'),
        right: region('y'),
        clock: {
          initial: 'ticking',
          states: {
            ticking: { after: { 100: { guard: 'broken', target: 'over' } }, on: { poke: 'over' } },
            over: { type: 'final' },
          },
        },
      },
      onDone: 'completed',
    },
    completed: { type: 'final' },
  },
})
const onward = { kind: 'retriable', attempts: 5, timeoutMs: 1_000 } as const
const steps = { x: onward, y: onward }
const definition = sagaFromMachine({ version: 1, input: Amount, machine, steps, signals: [poke] })

const signal = { type: 'signalled', id: 's1', name: 'poke', data: null, actor: null } as const

function refusal(step: 'x' | 'y'): SagaEvent {
  const id = commandId({ sagaId, step, visit: 1, direction: 'do' })
  return { type: 'replied', commandId: id, attempt: 1, outcome: 'refused', data: 'no' }
}

function started() {
  const run = new ToldRun(definition)
  const stuckAt = (event: SagaEvent, ms: number) => {
    run.now += ms
    run.apply(event)
    expect(foldSagaEvents(run.told)).toMatchObject({ status: 'stuck', stuck: run.saga?.stuck })
    return run.saga?.stuck?.step
  }
  return { run, stuckAt }
}

it('the events of a stuck saga tell where, whatever goes on beside that', () => {
  const { run, stuckAt } = started()
  expect(stuckAt({ type: 'woken' }, 100)).toBeNull()
  expect(stuckAt({ type: 'woken' }, 900)).toBeNull()
  expect(run.sent).toHaveLength(4)
  expect(stuckAt(refusal('x'), 10)).toBe('x')
  expect(stuckAt({ type: 'woken' }, 10)).toBeNull()
  expect(stuckAt(signal, 10)).toBe('x')
})

it('a saga that is stuck in several steps stays where it is when its statechart moves', () => {
  const { stuckAt } = started()
  expect(stuckAt(refusal('x'), 10)).toBe('x')
  expect(stuckAt(refusal('y'), 10)).toBe('y')
  expect(stuckAt(signal, 10)).toBe('y')
})
