// The sagas that the dashboard is tested with: an order whose input says what goes wrong, in two
// versions, an expense that waits for a person, and a trip that is booked side by side.
import { Type } from 'typebox'
import { claimExpense, payOut, releaseBudget, reserveBudget } from '../../examples/approval/saga.ts'
import { bookTrip, car, flight, hotel, payTrip } from '../../examples/travel-booking/saga.ts'
import { defineSaga } from '../../orchestrator/index.ts'
import {
  defineCommand,
  type Handler,
  handle,
  refused,
  sensitive,
  succeeded,
} from '../../participant/index.ts'

const Trouble = Type.Enum(['card-declined', 'no-courier', 'no-refund', 'no-receipt'])

export const Order = Type.Object(
  {
    order: Type.String({ minLength: 1, maxLength: 40, description: 'Its number.' }),
    cents: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
    card: sensitive(Type.String({ minLength: 4, maxLength: 19 })),
    express: Type.Optional(Type.Boolean()),
    trouble: Type.Optional(Trouble),
  },
  { additionalProperties: false },
)

const command = (name: string, topic: string) =>
  defineCommand({ name: `${topic}.${name}`, topic: `${topic}.commands`, payload: Order })

const releaseStock = command('release', 'stock')
const reserveStock = defineCommand({
  name: 'stock.reserve',
  topic: 'stock.commands',
  payload: Order,
  reply: Type.Object({ shelf: Type.String() }),
  undo: releaseStock,
})
const refund = command('refund', 'payments')
const takePayment = defineCommand({
  name: 'payments.take',
  topic: 'payments.commands',
  payload: Order,
  undo: refund,
})
const bookCourier = command('book', 'couriers')
const sendReceipt = command('send-receipt', 'mail')
const wrapGift = command('wrap', 'stock')

/** Refusals are final at once, so nothing waits for time. */
const limits = { timeoutMs: 20_000, attempts: 3, firstDelayMs: 200 }

const placeOrderOf = (version: 1 | 2) =>
  defineSaga({
    name: 'place-order',
    version,
    input: Order,
    businessKey: ({ order }) => order,
    attributes: ({ express = false }) => ({ express }),
    retry: limits,
    steps: [
      { name: 'reserveStock', send: reserveStock },
      { name: 'takePayment', send: takePayment, ...(version === 2 && { attempts: 5 }) },
      { name: 'bookCourier', kind: 'pivot', send: bookCourier },
      ...(version === 2
        ? [{ name: 'wrapGift', kind: 'retriable' as const, send: wrapGift, attempts: 2 }]
        : []),
      { name: 'sendReceipt', kind: 'retriable', send: sendReceipt, attempts: 2 },
    ],
  })

export const definitions = [placeOrderOf(1), placeOrderOf(2), claimExpense, bookTrip] as const

/** What the services do at the moment. */
export class Shop {
  /** Mended: what was refused because of an order's trouble works. */
  isMended = false

  readonly handlers: readonly Handler[] = [
    handle(reserveStock, async () => succeeded({ shelf: 'B-12' })),
    handle(takePayment, async (_, { payload }) => this.#unless(payload, 'card-declined')),
    handle(bookCourier, async (_, { payload }) =>
      payload.trouble === 'no-refund'
        ? refused('no courier today')
        : this.#unless(payload, 'no-courier'),
    ),
    handle(refund, async (_, { payload }) => this.#unless(payload, 'no-refund')),
    handle(sendReceipt, async (_, { payload }) => this.#unless(payload, 'no-receipt')),
    ...[releaseStock, wrapGift].map((one) => handle(one, async () => succeeded())),
    ...[reserveBudget, releaseBudget, payOut, payTrip].map((one) =>
      handle(one as typeof payOut, async () => succeeded()),
    ),
    ...[hotel, flight, car].map((one) =>
      handle(one, async () => succeeded({ reference: `${one.name}-7` })),
    ),
    ...[hotel, flight, car].map((one) =>
      handle(one.undo as typeof payOut, async () => succeeded()),
    ),
  ]

  #unless({ trouble }: { readonly trouble?: string }, of: string) {
    return trouble === of && !this.isMended ? refused(of.replace('-', ' ')) : succeeded()
  }
}
