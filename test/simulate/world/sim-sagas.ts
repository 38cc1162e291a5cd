// The sagas of the simulation beside place-order: branches side by side, a pivot with steps that
// must go on, a wait for a signal, semantic locks, a child saga, and a statechart that leaves an
// invoke before its reply.
import type { Static } from 'typebox'
import { setup } from 'xstate'
import { commandActor } from '../../../orchestrator/definition/command-actor.ts'
import { defineSaga } from '../../../orchestrator/definition/define-saga.ts'
import type { SagaDefinition } from '../../../orchestrator/definition/saga-definition.ts'
import { sagaFromMachine } from '../../../orchestrator/definition/saga-from-machine.ts'
import { goAhead, Work, works } from './sim-contracts.ts'

const retry = { attempts: 3, timeoutMs: 2_000, firstDelayMs: 200 }
const undo = { attempts: 5, timeoutMs: 2_000 }
const onward = { attempts: 8, timeoutMs: 2_000, firstDelayMs: 200, delayMsMax: 5_000 }
const common = { input: Work, retry, businessKey: ({ name }: Static<typeof Work>) => name }

const tripSteps = [
  { name: 'car', send: works.car, undo },
  {
    name: 'both',
    parallel: {
      stay: [{ name: 'hotel', send: works.hotel, undo }],
      fly: [
        { name: 'flight', send: works.flight, undo },
        { name: 'seat', send: works.seat, undo },
      ],
    },
  },
  { name: 'book', kind: 'pivot', send: works.book, ...onward },
  { name: 'ticket', kind: 'retriable', send: works.ticket, ...onward },
] as const

const trip = defineSaga({ ...common, name: 'trip', version: 1, steps: tripSteps })

/** What a deployment brings in the middle of a run. */
const tripAgain = defineSaga({
  ...common,
  name: 'trip',
  version: 2,
  steps: [{ name: 'draft', send: works.draft, undo }, ...tripSteps],
})

const approvalSteps = [
  { name: 'draft', send: works.draft, undo },
  { name: 'asked', waitFor: goAhead, timeoutMs: 4_000 },
  { name: 'print', kind: 'retriable', send: works.print, ...onward },
] as const

const article = defineSaga({ ...common, name: 'article', version: 1, steps: approvalSteps })

const articleAgain = defineSaga({
  ...common,
  name: 'article',
  version: 2,
  steps: [{ name: 'seat', send: works.seat, undo }, ...approvalSteps],
})

const locked = defineSaga({
  ...common,
  name: 'locked',
  version: 1,
  lock: ({ lock }) => [lock, 'second'].slice(0, lock === 'both' ? 2 : 1),
  lockTimeoutMs: 20_000,
  steps: [
    { name: 'car', send: works.car, undo },
    { name: 'seat', send: works.seat, undo },
  ],
})

const part = defineSaga({
  ...common,
  name: 'part',
  version: 1,
  steps: [
    { name: 'part', send: works.part, undo },
    { name: 'wrap', send: works.wrap, undo },
  ],
  output: ({ reply }) => reply(works.wrap).by,
})

const family = defineSaga({
  ...common,
  name: 'family',
  version: 1,
  steps: [
    { name: 'draft', send: works.draft, undo },
    {
      name: 'child',
      saga: part,
      with: ({ input }) => input,
      attempts: 4,
      timeoutMs: 5_000,
      undo: { attempts: 6, timeoutMs: 5_000 },
    },
    { name: 'hotel', send: works.hotel, undo },
    { name: 'print', kind: 'retriable', send: works.print, ...onward },
  ],
})

/** Asks the fast one, and the slow one when the fast one has not answered in time. */
const impatient = sagaFromMachine({
  version: 1,
  input: Work,
  retry,
  businessKey: ({ name }) => name,
  machine: setup({
    types: {} as { context: { readonly input: Static<typeof Work> }; input: Static<typeof Work> },
    actors: { fast: commandActor(works.fast), slow: commandActor(works.slow) },
  }).createMachine({
    id: 'impatient',
    context: ({ input }) => ({ input }),
    initial: 'first',
    states: {
      first: {
        invoke: {
          id: 'fast',
          src: 'fast',
          input: ({ context }) => context.input,
          onDone: 'completed',
          onError: 'failed',
        },
        after: { 30: 'second' },
      },
      second: {
        invoke: {
          id: 'slow',
          src: 'slow',
          input: ({ context }) => context.input,
          onDone: 'completed',
          onError: 'failed',
        },
      },
      completed: { type: 'final' },
      failed: { type: 'final', tags: ['failed'] },
    },
    options: { maxIterations: 100 },
  }),
})

export const simSagas: readonly SagaDefinition[] = [trip, article, locked, part, family, impatient]

/** As after the deployment. */
export const simSagasAgain: readonly SagaDefinition[] = [...simSagas, tripAgain, articleAgain]
