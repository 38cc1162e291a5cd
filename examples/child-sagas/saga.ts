// An order for several shops: each shop's part is a saga of its own, which can be cancelled or
// undone as a whole. The parent only knows that its parts succeed or not.
import { type Static, Type } from 'typebox'
import { defineCommand, defineSaga } from '../../orchestrator/index.ts'

const Part = Type.Object({ shop: Type.String(), item: Type.String() })
type PartOfOrder = Static<typeof Part>
const topic = 'shops.commands'

export const release = defineCommand({ name: 'shops.release', topic, payload: Part })
export const reserve = defineCommand({
  name: 'shops.reserve',
  topic,
  payload: Part,
  reply: Type.Object({ shelf: Type.String() }),
  undo: release,
})
export const unwrap = defineCommand({ name: 'shops.unwrap', topic, payload: Part })
export const wrap = defineCommand({ name: 'shops.wrap', topic, payload: Part, undo: unwrap })

/** The child. Nothing in it is final, so a finished one can still be undone. */
export const orderFromShop = defineSaga({
  name: 'order-from-shop',
  version: 1,
  input: Part,
  steps: [
    { name: 'reserve', send: reserve },
    { name: 'wrap', send: wrap },
  ],
  output: ({ reply }) => reply(reserve).shelf,
})

export const shipAll = defineCommand({
  name: 'shipping.ship-all',
  topic: 'shipping.commands',
  payload: Type.Object({ shelves: Type.Array(Type.String()) }),
})

const Order = Type.Object({ parts: Type.Array(Part, { minItems: 1, maxItems: 20 }) })

export const orderFromShops = defineSaga({
  name: 'order-from-shops',
  version: 1,
  input: Order,
  steps: [
    {
      name: 'parts',
      forEach: ({ input }) => input.parts,
      atMost: 3,
      saga: orderFromShop,
      with: ({ item }: { readonly item: PartOfOrder }) => item,
    },
    {
      name: 'ship',
      kind: 'pivot',
      send: shipAll,
      with: ({ replies }) => ({ shelves: replies(orderFromShop) }),
    },
  ],
})
