// A saga in each of the states that an operator may meet it in, for the matrix of verbs.
import { defineSaga } from '../../orchestrator/definition/define-saga.ts'
import type { SagaEvent } from '../../orchestrator/engine/event.ts'
import { FenceWorld } from './fence-world.ts'
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

function told(run: SagaRun, verb: 'pause' | 'abandon' | 'terminate'): SagaRun {
  run.apply({ ...by, verb, requestId: `before ${verb}` })
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
  scheduled: () => new SagaRun(four, new FenceWorld(), 60_000),
  'waiting for locks': () => new SagaRun({ ...four, locks: () => ['x'], lockTimeoutMs: 60_000 }),
  'running before the pivot': () => flow('succeeded'),
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
  'stuck in an undo that was refused': stuckInUndo,
  'stuck by a definition that throws': throwing,
  'stuck before it began by a definition that throws': neverBegun,
  'stuck while finishing': stuckWhileFinishing,
  paused: () => told(flow('succeeded'), 'pause'),
  'paused, with an answer kept': () => answer(told(flow('succeeded'), 'pause'), 'succeeded'),
  'paused past the pivot': () => told(flow('succeeded', 'succeeded', 'succeeded'), 'pause'),
  'paused while stuck': () => told(stuckInUndo(), 'pause'),
  finishing: finishing,
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
