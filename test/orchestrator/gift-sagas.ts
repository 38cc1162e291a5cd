// A saga whose first step is another saga: a gift is delivered by a child, then announced. Also
// loaded by processes of their own, so it exports definitions only.
import { Type } from 'typebox'
import { defineSaga } from '../../orchestrator/index.ts'
import { announce, loadVan, neverMs, takeShelf } from './parcels.ts'

const Gift = Type.Object({ parcel: Type.String() }, { additionalProperties: false })

const once = { timeoutMs: neverMs, attempts: 1 }
const undo = { timeoutMs: neverMs }

export const deliver = defineSaga({
  name: 'deliver',
  version: 1,
  input: Gift,
  retry: once,
  output: ({ reply }) => reply(takeShelf),
  steps: [
    { name: 'takeShelf', send: takeShelf, undo },
    { name: 'loadVan', send: loadVan, undo },
  ],
})

export const sendGift = defineSaga({
  name: 'send-gift',
  version: 1,
  input: Gift,
  businessKey: ({ parcel }) => parcel,
  retry: once,
  output: ({ reply }) => ({ from: reply(deliver).shelf }),
  steps: [
    { name: 'deliver', saga: deliver, undo },
    { name: 'announce', kind: 'pivot', send: announce, ...once },
  ],
})
