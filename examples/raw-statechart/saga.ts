// A parcel: carriers are asked one after the other until one takes it, which a list of steps could
// not say so plainly. A statechart can: a loop with a guard, and a way out when nobody is left.
import { Type } from 'typebox'
import { assign, setup } from 'xstate'
import { commandActor, defineCommand, sagaFromMachine } from '../../orchestrator/index.ts'

const Parcel = Type.Object({ parcel: Type.String(), carriers: Type.Array(Type.String()) })
const Offer = Type.Object({ parcel: Type.String(), carrier: Type.String() })
const topic = 'shipping.commands'

export const unpack = defineCommand({ name: 'shipping.unpack', topic, payload: Parcel })
export const pack = defineCommand({ name: 'shipping.pack', topic, payload: Parcel, undo: unpack })
export const recall = defineCommand({ name: 'shipping.recall', topic, payload: Offer })
export const handOver = defineCommand({
  name: 'shipping.hand-over',
  topic,
  payload: Offer,
  undo: recall,
})

type Context = {
  readonly input: { parcel: string; carriers: string[] }
  /** The place of the carrier that is asked. */
  readonly asked: number
}

const machine = setup({
  types: {} as { context: Context; input: Context['input'] },
  actors: { pack: commandActor(pack), handOver: commandActor(handOver) },
  actions: { askNext: assign({ asked: ({ context }) => context.asked + 1 }) },
  guards: { isNobodyLeft: ({ context }) => context.asked >= context.input.carriers.length },
}).createMachine({
  id: 'ship-parcel',
  context: ({ input }) => ({ input, asked: 0 }),
  initial: 'packing',
  states: {
    packing: {
      invoke: {
        id: 'pack',
        src: 'pack',
        input: ({ context }) => context.input,
        onDone: 'choosing',
        onError: 'failed',
      },
    },
    choosing: {
      always: [{ guard: 'isNobodyLeft', target: 'failed' }, { target: 'handingOver' }],
    },
    handingOver: {
      invoke: {
        id: 'handOver',
        src: 'handOver',
        input: ({ context: { input, asked } }) => ({
          parcel: input.parcel,
          carrier: input.carriers[asked] ?? '',
        }),
        onDone: 'completed',
        onError: { target: 'choosing', actions: 'askNext' },
      },
    },
    completed: { type: 'final' },
    failed: { type: 'final', tags: ['failed'] },
  },
})

export const shipParcel = sagaFromMachine({ version: 1, input: Parcel, machine })
