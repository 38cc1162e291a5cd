// The load: orders placed over REST throughout, at a steady pace that is caught up on after a
// stall. Each client waits for the end of its saga; an answer that is unknown is asked for again
// with the same key, at whichever orchestrator is there.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Answer } from '../system/saga-client.ts'
import type { RunRecord } from './run-record.ts'

export type LoadOptions = {
  /** Where starts may go now. */
  readonly urls: () => readonly string[]
  readonly record: RunRecord
  readonly perSecond: number
  readonly clients: number
  /** Orders begin until it is over; those that have begun are seen to their end. */
  readonly isOver: () => boolean
  /** Ends all waiting: what has not ended by then has not. */
  readonly giveUp: AbortSignal
}

const waitS = 5
/** Beyond the wait: an orchestrator that is frozen or cut off answers nothing. */
const answerMsMax = 8_000
const retryPauseMs = 100
const pacePauseMs = 20

const declinedEvery = 10
const unavailableEvery = 25
/** So many orders are placed twice at the same time, at both orchestrators. */
const doubledEvery = 20

export type Wanted = 'completed' | 'compensated'

export type PlacedOrder = {
  readonly customer: string
  readonly input: unknown
  /** How it ends in peace, and so under faults: trouble alone takes no saga back. */
  readonly wanted: Wanted
  readonly isDoubled: boolean
}

export function orderAt(index: number): PlacedOrder {
  const customer = `chaos-${index}`
  const declinePayment = index % declinedEvery === 1
  const sku = index % unavailableEvery === 2 ? 'unavailable' : 'book'
  const input = {
    customerId: customer,
    amount: 100 + (index % 900),
    items: [{ sku, quantity: 1 }],
    declinePayment,
  }
  const wanted = declinePayment || sku === 'unavailable' ? 'compensated' : 'completed'
  return { customer, input, wanted, isDoubled: index % doubledEvery === 3 }
}

/** Resolves when every order that was begun has ended, or it gave up. */
export async function runLoad(options: LoadOptions): Promise<void> {
  const { record, perSecond, isOver, giveUp } = options
  let next = 0
  const client = async () => {
    while (!isOver() && !giveUp.aborted) {
      // What a stall has held up stays owed.
      if (next >= (record.elapsedMs() / 1_000) * perSecond) await sleep(pacePauseMs)
      else await placeOrder(options, orderAt(next++))
    }
  }
  await Promise.all(Array.from({ length: options.clients }, client))
}

async function placeOrder(options: LoadOptions, order: PlacedOrder): Promise<void> {
  options.record.begin(order)
  const asks = order.isDoubled ? [0, 1] : [0]
  await Promise.all(asks.map((at) => askUntilEnded(options, order, at)))
}

async function askUntilEnded(options: LoadOptions, order: PlacedOrder, at: number): Promise<void> {
  const { record, giveUp, urls } = options
  for (let tried = at; !giveUp.aborted; tried += 1) {
    const all = urls()
    const url = all[(record.started + tried) % Math.max(all.length, 1)]
    const answer = url === undefined ? null : await ask(url, order, giveUp)
    if (answer !== null && record.take(order, answer)) return
    if (answer === null || answer.status >= 300) await sleep(retryPauseMs)
  }
}

/** Null: nobody knows whether the saga was started. */
async function ask(url: string, { customer, input }: PlacedOrder, giveUp: AbortSignal) {
  try {
    const response = await fetch(`${url}/sagas/place-order`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'idempotency-key': customer,
        prefer: `wait=${waitS}`,
      },
      body: JSON.stringify(input),
      signal: AbortSignal.any([giveUp, AbortSignal.timeout(answerMsMax)]),
    })
    const answer: Answer = {
      status: response.status,
      body: (await response.json()) as Answer['body'],
    }
    return answer
  } catch {
    return null
  }
}
