// How the order service carries out its commands. Each handler takes all commands that share a
// transaction, one per saga, and runs once for each that commits, so it just does the work.
import {
  type CommandOf,
  event,
  type Handler,
  handleBatch,
  type OutcomeOf,
  refused,
  succeeded,
  type Tx,
} from '../../participant/index.ts'
import {
  cancelOrder,
  completeOrder,
  createOrder,
  orderCancelled,
  orderCompleted,
  orderCreated,
} from '../contracts/orders.ts'
import { serviceError } from '../errors.ts'
import { type EndStatus, endOrders, insertOrders } from './orders-store.ts'

type CreateOrder = CommandOf<typeof createOrder>

/** Stands in for a look at the stock. */
const unavailableSku = 'unavailable'

/** A refused order leaves no row. */
async function createOrders(
  tx: Tx,
  commands: readonly CreateOrder[],
): Promise<readonly OutcomeOf<typeof createOrder>[]> {
  const accepted = commands.filter((command) => refusalOf(command) === null)
  if (accepted.length > 0) {
    // Not awaited: the answers do not depend on it, and the commit fails if it does.
    void insertOrders(
      tx,
      accepted.map(({ sagaId, payload }) => ({ sagaId, ...payload })),
    )
  }
  return commands.map((command) => {
    const refusal = refusalOf(command)
    return refusal === null ? created(command) : refused(refusal)
  })
}

function refusalOf({ payload }: CreateOrder): 'no-items' | 'sku-unavailable' | null {
  if (payload.items.length === 0) return 'no-items'
  return payload.items.some((item) => item.sku === unavailableSku) ? 'sku-unavailable' : null
}

/** An order is known by its saga's id. */
function created({ sagaId: orderId, payload }: CreateOrder): OutcomeOf<typeof createOrder> {
  const { customerId, amount } = payload
  return succeeded(
    { orderId },
    { events: [event(orderCreated, { data: { orderId, customerId, amount } })] },
  )
}

type EndOrder = CommandOf<typeof completeOrder> | CommandOf<typeof cancelOrder>

async function completeOrders(tx: Tx, commands: readonly EndOrder[]) {
  await end(tx, commands, 'COMPLETED')
  return commands.map(({ sagaId: orderId }) =>
    succeeded(null, { events: [event(orderCompleted, { data: { orderId } })] }),
  )
}

async function cancelOrders(tx: Tx, commands: readonly EndOrder[]) {
  await end(tx, commands, 'CANCELLED')
  return commands.map(({ sagaId: orderId }) =>
    succeeded(null, { events: [event(orderCancelled, { data: { orderId } })] }),
  )
}

/** An order that is not PENDING was changed past its lock: no answer is right but a person's. */
async function end(tx: Tx, commands: readonly EndOrder[], status: EndStatus): Promise<void> {
  const ended = await endOrders(
    tx,
    commands.map((command) => command.sagaId),
    status,
  )
  const other = commands.find((command) => !ended.has(command.sagaId))
  if (other === undefined) return
  throw serviceError('ORDER_NOT_PENDING', { sagaId: other.sagaId, status })
}

export const orderCommands: readonly Handler[] = [
  handleBatch(createOrder, createOrders),
  handleBatch(completeOrder, completeOrders),
  handleBatch(cancelOrder, cancelOrders),
]
