// Runs a few real sagas of each kind of the past, and keeps their rows to make others of them.
import type { OrderSystem } from '../../services/system/order-system.ts'
import type { PastKind, PastRows } from './past-rows.ts'

const sagasOfAKind = 50
const weekMs = 7 * 24 * 3_600_000
/** Started, and its command sent. */
const settleMs = 1_000

export async function realSagas(system: OrderSystem, past: PastRows): Promise<void> {
  await past.keep('ended', await place(system, 'ended'))
  await past.keep('sleeping', await place(system, 'sleeping'))
  const services = [system.orders, ...system.payments]
  for (const { pid } of services) process.kill(pid ?? 0, 'SIGSTOP')
  try {
    const waiting = await place(system, 'waiting')
    await new Promise((resolve) => setTimeout(resolve, settleMs))
    await past.keep('waiting', waiting)
  } finally {
    for (const { pid } of services) process.kill(pid ?? 0, 'SIGCONT')
  }
}

function place({ url }: OrderSystem, kind: PastKind): Promise<readonly string[]> {
  const startAt = new Date(Date.now() + weekMs).toISOString()
  const query = kind === 'sleeping' ? `?startAt=${startAt}` : ''
  const headers = {
    'content-type': 'application/json',
    ...(kind === 'ended' ? { prefer: 'wait=60' } : {}),
  }
  const started = Array.from({ length: sagasOfAKind }, async (_, at) => {
    const items = [{ sku: 'book', quantity: 1 }]
    const order = { customerId: `c${at}`, amount: 4_200, items, declinePayment: at % 10 === 9 }
    const body = JSON.stringify(order)
    const answer = await fetch(`${url}/sagas/place-order${query}`, {
      method: 'POST',
      headers,
      body,
    })
    const { id } = (await answer.json()) as { readonly id?: string }
    if (id === undefined) throw new Error(`a start was answered with ${answer.status}`)
    return id
  })
  return Promise.all(started)
}
