// A saga in each of the states that an operator may meet it in, for the matrix of verbs.
import { Type } from 'typebox'
import { setup } from 'xstate'
import type { MessageId, SagaId } from '../../messaging/message.ts'
import { commandActor } from '../../orchestrator/definition/command-actor.ts'
import { defineSaga } from '../../orchestrator/definition/define-saga.ts'
import { defineSignal } from '../../orchestrator/definition/define-signal.ts'
import type { SagaEvent } from '../../orchestrator/engine/event.ts'
import { FenceWorld } from './fence-world.ts'
import { rawDefinition } from './raw-definition.ts'
import { SagaRun } from './saga-run.ts'
import { Amount, lasting, undoable } from './sample-contracts.ts'
import { samples } from './sample-definitions.ts'

const once = { attempts: 1, timeoutMs: 1_000 }

const four = defineSaga({
  name: 'four',
  version: 1,
  input: Amount,
  retry: once,
  steps: [
    { name: 'a', send: undoable('a'), undo: once },
    { name: 'b', send: undoable('b'), undo: once },
    { name: 'pay', kind: 'pivot', send: lasting('pay'), ...once },
    { name: 'last', kind: 'retriable', send: lasting('last'), ...once },
  ],
})

const withoutPivot = defineSaga({
  name: 'without-pivot',
  version: 1,
  input: Amount,
  retry: once,
  steps: [
    { name: 'a', send: undoable('a'), undo: once },
    { name: 'last', kind: 'retriable', send: lasting('last'), ...once },
  ],
})

const onward = (name: string) =>
  ({ name, kind: 'retriable', send: lasting(name), ...once }) as const

const three = defineSaga({
  name: 'three',
  version: 1,
  input: Amount,
  retry: once,
  steps: [
    { name: 'pay', kind: 'pivot', send: lasting('pay') },
    {
      name: 'all',
      parallel: { left: [onward('x')], middle: [onward('y')], right: [onward('z'), onward('z2')] },
    },
  ],
})

const waits = defineSaga({
  name: 'waits',
  version: 1,
  input: Amount,
  retry: once,
  steps: [
    { name: 'a', send: undoable('a'), undo: once },
    { name: 'go', waitFor: defineSignal({ name: 'go', data: Type.Null() }) },
    { name: 'ok', approval: { by: 'bob', deadlineMs: 60_000 } },
  ],
})

const withChild = defineSaga({
  name: 'with-child',
  version: 1,
  input: Amount,
  retry: once,
  steps: [
    { name: 'a', send: undoable('a'), undo: once },
    { name: 'trip', saga: waits, undo: once },
    { name: 'pay', kind: 'pivot', send: lasting('pay') },
  ],
})

const [first, second] = [lasting('first'), lasting('second')]
const input = { amount: 7 }
const twoPivots = rawDefinition({
  machine: setup({
    actors: { first: commandActor(first), second: commandActor(second) },
  }).createMachine({
    id: 'two-pivots',
    initial: 'one',
    states: {
      one: { invoke: { id: 'first', src: 'first', input, onDone: 'two', onError: 'failed' } },
      two: {
        invoke: { id: 'second', src: 'second', input, onDone: 'completed', onError: 'failed' },
      },
      completed: { type: 'final' },
      failed: { type: 'final', tags: ['failed'] },
    },
    options: { maxIterations: 100 },
  }),
  steps: [
    ['first', 'pivot', first],
    ['second', 'pivot', second],
  ],
  retry: once,
})

function sample(name: 'broken' | 'impatient') {
  const definition = samples[name]?.[0]
  if (!definition) throw new Error('the sample is gone')
  return definition
}

type Behaviours = readonly ('succeeded' | 'refused' | 'failed')[]

/** Answers the newest command, one after the other. */
function answer(run: SagaRun, ...behaviours: Behaviours): SagaRun {
  for (const behaviour of behaviours) {
    const command = run.world.sent.at(-1)
    if (command) run.apply(run.world.handle(command, behaviour))
    run.now += 10
  }
  return run
}

const flow = (...behaviours: Behaviours) => answer(new SagaRun(four), ...behaviours)

export const by = { type: 'operated', actor: 'ann', reason: 'she said so' } as const

/** Past the pivot, side by side: which of the three were refused, so that they are parked. */
function beside(...refused: readonly string[]): SagaRun {
  const run = answer(new SagaRun(three), 'succeeded')
  for (const name of refused) {
    const command = run.world.sent.find(({ step }) => step === name)
    if (command) run.apply(run.world.handle(command, 'refused'))
  }
  return run
}

const behindAnother = (...behaviours: Behaviours) =>
  answer(new SagaRun(twoPivots), 'succeeded', ...behaviours)

/** It must undo what its statechart left, and then, since its parent took it back, the rest. */
function takenBackWhileFinishing(): SagaRun {
  const parent = {
    sagaId: 'p1' as SagaId,
    step: 'child',
    visit: 1,
    commandId: 'p1/child/do/1' as MessageId,
    attempt: 1,
    replyTo: 'sagaline.replies',
  }
  const run = new SagaRun(sample('impatient'), new FenceWorld(), { parent })
  run.now += 300
  run.apply({ type: 'woken' })
  answer(run, 'succeeded')
  run.apply({ type: 'revoked', commandId: 'p1/child/undo/1' as MessageId })
  return run
}

function told(run: SagaRun, verb: 'pause' | 'cancel' | 'abandon' | 'terminate'): SagaRun {
  run.apply({ ...by, verb, requestId: `before ${verb}` })
  return run
}

export function signalled(run: SagaRun, name: string): SagaRun {
  const data = name === 'ok' ? { approved: true } : null
  run.apply({ type: 'signalled', id: `${name} ${run.now}`, name, data, actor: 'bob' })
  return run
}

/** The statechart has completed, and an invoke that it left is being undone. */
function finishing(): SagaRun {
  const run = new SagaRun(sample('impatient'))
  run.now += 300
  run.apply({ type: 'woken' })
  return answer(run, 'succeeded')
}

/** The invoke that was left has taken effect, so that its undo has something to refuse. */
function stuckWhileFinishing(): SagaRun {
  const run = finishing()
  const left = run.world.sent.find(({ step }) => step === 'fast')
  if (left) run.world.handle(left, 'succeeded')
  return answer(run, 'refused')
}

function throwing(): SagaRun {
  const reply = (command: { readonly step: string }) =>
    command.step === 'create' ? { orderId: 'o1' } : null
  return answer(new SagaRun(sample('broken'), new FenceWorld(reply)), 'succeeded')
}

/** Holds its locks, but its first step cannot be said. */
function neverBegun(): SagaRun {
  const unsaid = defineSaga({
    name: 'unsaid',
    version: 1,
    input: Amount,
    lock: () => 'x',
    steps: [
      {
        name: 'a',
        send: undoable('a'),
        with: () => {
          throw new Error('broken')
        },
      },
    ],
  })
  const run = new SagaRun(unsaid)
  run.apply({ type: 'locked' })
  return run
}

const stuckInUndo = () => flow('succeeded', 'refused', 'refused')

export const verbStates: Readonly<Record<string, () => SagaRun>> = {
  scheduled: () => new SagaRun(four, new FenceWorld(), { later: 60_000 }),
  'waiting for locks': () => new SagaRun({ ...four, locks: () => ['x'], lockTimeoutMs: 60_000 }),
  'running before the pivot': () => flow('succeeded'),
  'waiting for a signal': () => answer(new SagaRun(waits), 'succeeded'),
  'waiting for an approval': () => signalled(answer(new SagaRun(waits), 'succeeded'), 'go'),
  'running, a child under way': () => answer(new SagaRun(withChild), 'succeeded'),
  'compensating, its child being taken back': () =>
    told(answer(new SagaRun(withChild), 'succeeded'), 'cancel'),
  'running, the pivot under way': () => flow('succeeded', 'succeeded'),
  'running past the pivot': () => flow('succeeded', 'succeeded', 'succeeded'),
  compensating: () => flow('succeeded', 'refused'),
  'stuck in a retriable step that failed': () =>
    flow('succeeded', 'succeeded', 'succeeded', 'failed'),
  'stuck in a retriable step that was refused': () =>
    flow('succeeded', 'succeeded', 'succeeded', 'refused'),
  'stuck in a first retriable step that was refused, without a pivot': () =>
    answer(new SagaRun(withoutPivot), 'succeeded', 'refused'),
  'stuck in the pivot': () => flow('succeeded', 'succeeded', 'failed'),
  'stuck in one step, two others under way beside it': () => beside('x'),
  'stuck in two steps, another one under way beside them': () => beside('x', 'y'),
  'stuck in all of three steps side by side': () => beside('x', 'y', 'z'),
  'stuck in a pivot behind another one, its outcome unknown': () => behindAnother('failed'),
  'stuck in a pivot behind another one, refused': () => behindAnother('refused'),
  'stuck in an undo that was refused': stuckInUndo,
  'stuck by a definition that throws': throwing,
  'stuck before it began by a definition that throws': neverBegun,
  'stuck while finishing': stuckWhileFinishing,
  paused: () => told(flow('succeeded'), 'pause'),
  'paused, with an answer kept': () => answer(told(flow('succeeded'), 'pause'), 'succeeded'),
  'paused past the pivot': () => told(flow('succeeded', 'succeeded', 'succeeded'), 'pause'),
  'paused while stuck': () => told(stuckInUndo(), 'pause'),
  finishing: finishing,
  'finishing, and taken back by its parent': takenBackWhileFinishing,
  completed: () => flow('succeeded', 'succeeded', 'succeeded', 'succeeded'),
  compensated: () => flow('succeeded', 'refused', 'succeeded'),
  abandoned: () => told(stuckInUndo(), 'abandon'),
  terminated: () => told(flow('succeeded'), 'terminate'),
}

export const verbRequests: Readonly<Record<string, (run: SagaRun) => SagaEvent>> = {
  retry: () => ({ ...by, requestId: 'r', verb: 'retry' }),
  'skip, done': (run) => skipOf(run, 'done'),
  'skip, none': (run) => skipOf(run, 'none'),
  cancel: () => ({ ...by, requestId: 'r', verb: 'cancel' }),
  pause: () => ({ ...by, requestId: 'r', verb: 'pause' }),
  resume: () => ({ ...by, requestId: 'r', verb: 'resume' }),
  abandon: () => ({ ...by, requestId: 'r', verb: 'abandon' }),
  terminate: () => ({ ...by, requestId: 'r', verb: 'terminate' }),
}

/** Of the step where it is stuck, or else of the one that was entered last. */
function skipOf({ saga }: SagaRun, effect: 'done' | 'none'): SagaEvent {
  const step = saga.stuck?.step ?? saga.steps.at(-1)?.name ?? 'a'
  return { ...by, requestId: 'r', verb: 'skip', step, effect }
}
