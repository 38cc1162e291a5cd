// What Kafka is besides a queue: an event centre, with and without a saga, and what keeps a read
// model of two services' rows.
import { showChoreography } from '../../../examples/choreography/show-choreography.ts'
import { silentLog } from '../../../orchestrator/index.ts'
import { showEvents, showView } from '../show-events.ts'
import { type FullDemo, judged, type Part } from './part.ts'

const given = (full: FullDemo) => ({
  ...{ ...full, brokers: full.parts.kafka.brokers },
  log: silentLog,
})

export function eventParts(): readonly Part[] {
  // Of the orders that the event centre shows; the view shows them afterwards.
  let ids: ReadonlySet<string> = new Set()
  return [
    {
      name: 'event centre',
      story: 'orders.events, payments.events, sagaline.events: a new service hears them, unasked.',
      show: async (full) => {
        const shown = await showEvents(given(full))
        ids = shown.ids
        return judged(shown.says, [])
      },
    },
    {
      name: 'data synchroniser',
      story: 'customers-view keeps orders with their payments in a database of its own.',
      show: async (full) => {
        if (ids.size === 0) throw new Error('The event centre has shown no order.')
        return judged(await showView(given(full), ids), [])
      },
    },
    {
      name: 'choreography',
      story: 'The same without a saga: payment listens to order.created, and orders to payment.',
      show: async (full) => judged(await showChoreography(given(full), full.say), []),
    },
  ]
}
