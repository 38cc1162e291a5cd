// What must hold of the events of services: each change of a row was told, and nothing was told that
// is in no row.
import type { World } from '../world/sim-world.ts'
import { readText } from './read-records.ts'

type Told = Readonly<Record<string, readonly string[]>>

/** By the status that a row ended with. */
const ofOrders: Told = {
  PENDING: ['order.created'],
  COMPLETED: ['order.created', 'order.completed'],
  CANCELLED: ['order.created', 'order.cancelled'],
}
const ofPayments: Told = {
  TAKEN: ['payment.taken'],
  DECLINED: ['payment.declined'],
  REFUNDED: ['payment.taken', 'payment.refunded'],
}

type Row = { readonly saga_id: string; readonly status: string }

export function checkDomainEvents(world: World): void {
  const { server } = world
  const orders = server.database('orders').tables.orders.committed()
  const payments = server.database('payments').tables.payments.committed()
  check(world, { topic: 'orders.events', rows: orders, told: ofOrders })
  check(world, { topic: 'payments.events', rows: payments, told: ofPayments })
}

function check(
  { story, broker }: World,
  given: { readonly topic: string; readonly rows: readonly Row[]; readonly told: Told },
): void {
  const { topic, rows, told } = given
  const found = new Map<string, string>()
  for (const record of broker.records(topic).flat()) {
    const id = readText(record, 'ce_id')
    const event = `${readText(record, 'ce_type')} of ${readText(record, 'ce_sagaid')}`
    const known = found.get(event)
    // A repeat is recognised by its id.
    if (known !== undefined && known !== id) story.breach('domain-event.twice', event)
    found.set(event, id)
  }
  const wanted = new Set(
    rows.flatMap(({ saga_id, status }) =>
      (told[status] ?? []).map((type) => `${type} of ${saga_id}`),
    ),
  )
  for (const event of wanted) if (!found.has(event)) story.breach('domain-event.lost', event)
  for (const event of found.keys())
    if (!wanted.has(event)) story.breach('domain-event.ghost', event)
}
