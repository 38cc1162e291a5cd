// A shop whose saga is tested under faults: goods are set aside, the card is charged, and what was
// set aside is given back when the card is declined.
import { Type } from 'typebox'
import { defineSaga } from '../../orchestrator/index.ts'
import { defineCommand, handle, refused, succeeded } from '../../participant/index.ts'

const topic = 'shop.commands'
const payload = Type.Object({ cents: Type.Integer() }, { additionalProperties: false })
const Declined = Type.Union([Type.Literal('no-cover'), Type.Literal('stolen')])

export const giveBack = defineCommand({ name: 'shop.give-back', topic, payload })
export const setAside = defineCommand({ name: 'shop.set-aside', topic, payload, undo: giveBack })
export const charge = defineCommand({ name: 'shop.charge', topic, payload, refusal: Declined })

/** Four seconds are long for this shop; what it does not answer in time is asked once more. */
const retry = { timeoutMs: 4_000, attempts: 2, firstDelayMs: 100, delayMsMax: 100 }

export const sell = defineSaga({
  name: 'sell',
  version: 1,
  input: payload,
  retry,
  steps: [
    { name: 'setAside', send: setAside, undo: retry },
    { name: 'charge', send: charge, kind: 'pivot' },
  ],
})

/** Notes whose handler ran, each time that it did. */
export const shopCommands = (ran: string[]) => [
  handle(setAside, async (_, { sagaId }) => {
    ran.push(`setAside ${sagaId}`)
    return succeeded()
  }),
  handle(giveBack, async (_, { sagaId }) => {
    ran.push(`giveBack ${sagaId}`)
    return succeeded()
  }),
  handle(charge, async (_, { payload: { cents } }) =>
    cents > 10_000 ? refused('no-cover') : succeeded(),
  ),
]
