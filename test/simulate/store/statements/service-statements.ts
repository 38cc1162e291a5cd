// The statements of the example's services: `orders` and `payments`.
import { checkViolation } from '../sim-errors.ts'
import {
  type Answer,
  answer,
  changed,
  type Execution,
  find,
  insert,
  lock,
  put,
  type Waiting,
} from '../sim-statement.ts'
import type { SimTable } from '../sim-table.ts'

type Texts = readonly string[]
type Numbers = readonly number[]

type OrderColumns = readonly [sagaIds: Texts, customers: Texts, amounts: Numbers, items: Texts]

function* insertOrders(on: Execution, columns: OrderColumns): Waiting<Answer> {
  const [sagaIds, customers, amounts, items] = columns
  for (const [at, saga_id] of sagaIds.entries()) {
    const amount = amountOf('orders', amounts[at])
    const times = { created_at: on.now(), updated_at: on.now() }
    const given = { customer_id: customers[at] as string, items: items[at] as string }
    const value = { saga_id, amount, ...given, status: 'PENDING', ...times }
    yield* insert(on, on.tx.database.tables.orders, value)
  }
  return changed(sagaIds.length)
}

function amountOf(table: string, amount: number | undefined): number {
  if (amount === undefined || amount <= 0) throw checkViolation(table, `${table}_amount_check`)
  return amount
}

type PaymentColumns = readonly [sagaIds: Texts, customers: Texts, amounts: Numbers, statuses: Texts]

function* insertPayments(on: Execution, columns: PaymentColumns): Waiting<Answer> {
  const [sagaIds, customers, amounts, statuses] = columns
  for (const [at, saga_id] of sagaIds.entries()) {
    const amount = amountOf('payments', amounts[at])
    const times = { created_at: on.now(), updated_at: on.now() }
    const given = { customer_id: customers[at] as string, status: statuses[at] as string }
    yield* insert(on, on.tx.database.tables.payments, { saga_id, amount, ...given, ...times })
  }
  return changed(sagaIds.length)
}

type Business = { readonly saga_id: string; readonly status: string; readonly updated_at: number }

type Change<V> = {
  readonly table: SimTable<V>
  readonly sagaIds: Texts
  readonly from: string
  readonly to: string
}

/** Those of the status `from`; looked at again after a wait. */
function* changeStatus<V extends Business>(on: Execution, change: Change<V>): Waiting<Answer> {
  const { table, sagaIds, from, to } = change
  const fits = [...new Set(sagaIds)].filter((id) => find(on, table, id)?.status === from)
  const done: { readonly saga_id: string }[] = []
  for (const saga_id of fits) {
    const row = yield* lock(on, table, saga_id)
    if (row?.status !== from) continue
    put(on, table, { ...row, status: to, updated_at: on.now() })
    done.push({ saga_id })
  }
  return answer(done)
}

export const serviceStatements = {
  'orders-insert': insertOrders,
  'orders-end': (on: Execution, [sagaIds, to]: readonly [Texts, string]) =>
    changeStatus(on, { table: on.tx.database.tables.orders, sagaIds, from: 'PENDING', to }),
  'payments-insert': insertPayments,
  'payments-refund': (on: Execution, [sagaIds]: readonly [Texts]) =>
    changeStatus(on, {
      ...{ table: on.tx.database.tables.payments, sagaIds },
      ...{ from: 'TAKEN', to: 'REFUNDED' },
    }),
}
