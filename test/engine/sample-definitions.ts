// The sagas that the transcripts choose from by name.
import { setup } from 'xstate'
import { commandActor } from '../../orchestrator/definition/command-actor.ts'
import { defineSaga } from '../../orchestrator/definition/define-saga.ts'
import type { SagaDefinition } from '../../orchestrator/definition/saga-definition.ts'
import { rawDefinition } from './raw-definition.ts'
import {
  Amount,
  bookTrip,
  charge,
  completeOrder,
  createOrder,
  lasting,
  sendTicket,
  undoable,
} from './sample-contracts.ts'

const retry = { attempts: 2, timeoutMs: 1_000, firstDelayMs: 200 }
const undo = { attempts: 2 }

function order(name: string, orderIdOf: (reply: { readonly orderId: string }) => string) {
  return defineSaga({
    name,
    version: 1,
    input: Amount,
    retry,
    steps: [
      { name: 'create', send: createOrder, undo },
      {
        name: 'charge',
        send: charge,
        undo,
        with: ({ input, reply }) => ({ ...input, orderId: orderIdOf(reply(createOrder)) }),
      },
      {
        name: 'complete',
        kind: 'retriable',
        send: completeOrder,
        with: ({ reply }) => reply(createOrder),
      },
    ],
  })
}

const trip = defineSaga({
  name: 'trip',
  version: 1,
  input: Amount,
  retry,
  steps: [
    { name: 'car', send: undoable('car'), undo },
    { name: 'hotel', send: undoable('hotel'), undo },
    { name: 'book', kind: 'pivot', send: bookTrip },
    { name: 'ticket', kind: 'retriable', send: sendTicket },
  ],
})

const fast = undoable('fast')
const slow = undoable('slow')

/** Asks the fast one, and the slow one when the fast one has not answered in time. */
const impatientMachine = setup({
  actors: { fast: commandActor(fast), slow: commandActor(slow) },
}).createMachine({
  id: 'impatient',
  context: ({ input }) => ({ input: input as { amount: number } }),
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
      after: { 300: 'second' },
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
})

const impatient = rawDefinition({
  machine: impatientMachine,
  steps: [
    ['fast', 'compensatable', fast],
    ['slow', 'compensatable', slow],
  ],
  retry,
})

const pack = undoable('pack')
const pay = lasting('pay')

/** Packs and pays side by side; a refusal of either one turns the saga back. */
const sideBySideMachine = setup({
  actors: { pack: commandActor(pack), pay: commandActor(pay) },
}).createMachine({
  id: 'side-by-side',
  context: ({ input }) => ({ input: input as { amount: number } }),
  initial: 'both',
  states: {
    both: {
      type: 'parallel',
      states: {
        packing: {
          initial: 'asked',
          states: {
            asked: {
              invoke: {
                id: 'pack',
                src: 'pack',
                input: ({ context }) => context.input,
                onDone: 'packed',
                onError: '#side-by-side.failed',
              },
            },
            packed: { type: 'final' },
          },
        },
        paying: {
          initial: 'asked',
          states: {
            asked: {
              invoke: {
                id: 'pay',
                src: 'pay',
                input: ({ context }) => context.input,
                onDone: 'paid',
                onError: '#side-by-side.failed',
              },
            },
            paid: { type: 'final' },
          },
        },
      },
      onDone: 'completed',
    },
    completed: { type: 'final' },
    failed: { type: 'final', tags: ['failed'] },
  },
  options: { maxIterations: 100 },
})

const sideBySide = rawDefinition({
  machine: sideBySideMachine,
  steps: [
    ['pack', 'compensatable', pack],
    ['pay', 'pivot', pay],
  ],
  retry,
})

/** The second of a pair takes over when the transcript says `mend`. */
export const samples: Readonly<Record<string, readonly [SagaDefinition, SagaDefinition?]>> = {
  order: [order('order', ({ orderId }) => orderId)],
  trip: [trip],
  broken: [
    order('broken', () => {
      throw new Error('no such field')
    }),
    order('broken', ({ orderId }) => orderId),
  ],
  impatient: [impatient],
  'side-by-side': [sideBySide],
}
