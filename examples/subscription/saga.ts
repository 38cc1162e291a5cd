// A subscription: charged every 30 days, twelve times, unless it is cancelled in between. One
// charge that is refused ends it; charges that were made stay.
import { Type } from 'typebox'
import { assign, setup } from 'xstate'
import {
  commandActor,
  defineCommand,
  defineSignal,
  sagaFromMachine,
} from '../../orchestrator/index.ts'

const Subscription = Type.Object({ customer: Type.String(), cents: Type.Integer({ minimum: 1 }) })
const topic = 'subscriptions.commands'

export const charge = defineCommand({ name: 'subscriptions.charge', topic, payload: Subscription })
export const close = defineCommand({ name: 'subscriptions.close', topic, payload: Subscription })

/** The customer leaves. It matters at any time but once the last charge is made. */
export const leave = defineSignal({ name: 'leave', data: Type.Object({ why: Type.String() }) })

export const monthMs = 30 * 24 * 3_600_000
const monthsMax = 12

type Context = {
  readonly subscription: { customer: string; cents: number }
  readonly months: number
}

const machine = setup({
  types: {} as { context: Context; input: Context['subscription']; events: { type: 'leave' } },
  actors: { charge: commandActor(charge), close: commandActor(close) },
  actions: { count: assign({ months: ({ context }) => context.months + 1 }) },
  guards: { isOver: ({ context }) => context.months >= monthsMax },
}).createMachine({
  id: 'subscription',
  context: ({ input }) => ({ subscription: input, months: 0 }),
  initial: 'charging',
  states: {
    charging: {
      invoke: {
        id: 'charge',
        src: 'charge',
        input: ({ context }) => context.subscription,
        onDone: { target: 'paid', actions: 'count' },
        onError: 'closing',
      },
    },
    paid: {
      always: { guard: 'isOver', target: 'closing' },
      after: { [monthMs]: 'charging' },
      on: { leave: 'closing' },
    },
    closing: {
      invoke: {
        id: 'close',
        src: 'close',
        input: ({ context }) => context.subscription,
        onDone: 'closed',
      },
    },
    closed: { type: 'final' },
  },
})

export const subscription = sagaFromMachine({
  version: 1,
  input: Subscription,
  machine,
  signals: [leave],
  // A charge is never taken back: its refusal is for the statechart, which closes.
  steps: { charge: { kind: 'pivot' }, close: { kind: 'retriable' } },
})
