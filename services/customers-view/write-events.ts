// Writes what a batch of events says into the rows of their orders.
import type { ReceivedEvent, Tx } from '../../participant/index.ts'
import { factsOf, mergeFacts, type OrderFacts } from './facts.ts'
import { mergeOrders } from './order-rows.ts'

/** They are all of one generation. */
export async function writeEvents(tx: Tx, events: readonly ReceivedEvent[]): Promise<void> {
  const orders = new Map<string, OrderFacts>()
  for (const facts of events.map(factsOf)) {
    const known = orders.get(facts.orderId)
    orders.set(facts.orderId, known === undefined ? facts : mergeFacts(known, facts))
  }
  const [first] = events
  if (first !== undefined) await mergeOrders(tx, first.generation, [...orders.values()])
}
