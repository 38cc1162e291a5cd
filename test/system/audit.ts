// The audit of an order system that has come to rest. What holds of every system the auditor of the
// product looks at; what only this one knows, its business rows and the starts that were answered,
// is looked at here. All load and crash tests end with it.
import { noKeys } from '../../messaging/cipher.ts'
import { openDb } from '../../messaging/db.ts'
import { audit } from '../../orchestrator/audit/audit.ts'
import type { BreachName } from '../../orchestrator/audit/breaches.ts'
import { createRegistry } from '../../orchestrator/definition/registry.ts'
import type { SagaDefinition } from '../../orchestrator/index.ts'
import { createRowCipher } from '../../orchestrator/store/row-cipher.ts'
import { placeOrder } from '../../services/place-order/saga.ts'
import {
  type AuditedDatabases,
  type AuditedRows,
  type AuditedSaga,
  type BusinessRow,
  readAuditedRows,
} from './audited-rows.ts'

/** Beside those of the auditor. */
export const breachNames = [
  'saga.not-ended',
  'saga.twice',
  'start.lost',
  'completed.order-not-completed',
  'completed.payment-not-taken',
  'compensated.order-not-cancelled',
  'compensated.payment-still-taken',
  'compensated.without-declined-or-refunded',
  'order.twice',
  'order.without-saga',
  'payment.twice',
  'payment.without-saga',
  'fence.disagrees',
  'dead-letters',
  'not-judged',
] as const

export type OrderBreachName = (typeof breachNames)[number]

export type Breach = {
  readonly name: OrderBreachName | BreachName
  readonly subject: string
}

/** A start that was answered: its saga must be there, with its customer. */
export type AnsweredStart = { readonly id: string; readonly customer: string }

/** Each order of the run must have had a customer of its own. */
export async function auditOrders(
  databases: AuditedDatabases,
  starts: readonly AnsweredStart[],
  definitions: readonly SagaDefinition[] = [placeOrder],
): Promise<readonly Breach[]> {
  const rows = await readAuditedRows(databases)
  const sagaIds = new Set<string>(rows.sagas.map(({ id }) => id))
  return [
    ...(await auditInGeneral(databases, definitions)),
    ...auditStarts(rows.sagas, starts),
    ...auditTwice('saga.twice', rows.sagas),
    ...auditTwice('order.twice', rows.orders),
    ...auditTwice('payment.twice', rows.payments),
    ...auditEnds(rows),
    ...auditFences(rows),
    ...without('order.without-saga', rows.orders, sagaIds),
    ...without('payment.without-saga', rows.payments, sagaIds),
  ]
}

/** What holds of every system, by the auditor of the product: nothing may be left in a quiet one,
 * and everything must be judged. */
async function auditInGeneral(
  { sagas, orders, payments }: AuditedDatabases,
  definitions: readonly SagaDefinition[],
): Promise<Breach[]> {
  const open = (url: string) => openDb({ url, applicationName: 'audit', connectionsMax: 2 })
  const [db, ordersDb, paymentsDb] = [open(sagas), open(orders), open(payments)]
  try {
    const registry = createRegistry(definitions)
    const { breaches, notJudged, deadLetters } = await audit({
      db,
      services: [
        { name: 'orders', db: ordersDb },
        { name: 'payments', db: paymentsDb },
      ],
      registry,
      rows: createRowCipher(registry, noKeys),
      scope: { type: 'all' },
      readEvents: null,
      limits: { graceMs: 0, heldMsMax: 0, fenceMemoryMs: Number.MAX_SAFE_INTEGER },
    })
    return [
      ...breaches.map(({ name, sagaId, subject }) => breach(name, `${sagaId}: ${subject}`)),
      ...notJudged.map(({ what, example }) => breach('not-judged', `${what}: ${example}`)),
      ...Object.entries(deadLetters).map(([of, count]) =>
        breach('dead-letters', `${of}: ${count}`),
      ),
    ]
  } finally {
    await Promise.all([db, ordersDb, paymentsDb].map((one) => one.stop()))
  }
}

function breach(name: Breach['name'], subject: string): Breach {
  return { name, subject }
}

function auditStarts(sagas: readonly AuditedSaga[], starts: readonly AnsweredStart[]): Breach[] {
  const customers = new Map<string, string | null>(sagas.map(({ id, customer }) => [id, customer]))
  return starts
    .filter(({ id, customer }) => customers.get(id) !== customer)
    .map(({ id, customer }) => breach('start.lost', `${id} of ${customer}`))
}

function auditTwice(
  name: OrderBreachName,
  rows: readonly { readonly customer: string | null }[],
): Breach[] {
  return [...Map.groupBy(rows, ({ customer }) => customer)]
    .filter(([, same]) => same.length > 1)
    .map(([customer, same]) => breach(name, `${customer}: ${same.length} rows`))
}

function without(
  name: OrderBreachName,
  rows: readonly { readonly sagaId: string }[],
  sagaIds: ReadonlySet<string>,
): Breach[] {
  return rows.filter(({ sagaId }) => !sagaIds.has(sagaId)).map(({ sagaId }) => breach(name, sagaId))
}

function auditEnds(rows: AuditedRows): Breach[] {
  const orders = bySaga(rows.orders)
  const payments = bySaga(rows.payments)
  const blocked = new Set(
    rows.paymentFences.filter(({ state }) => state === 'blocked').map(({ sagaId }) => sagaId),
  )
  return rows.sagas.flatMap((saga) => {
    const order = orders.get(saga.id)?.status ?? 'none'
    const payment = payments.get(saga.id)?.status ?? 'none'
    const subject = `${saga.id}: order ${order}, payment ${payment}`
    switch (saga.isEndDated ? saga.status : 'running') {
      case 'completed':
        return auditCompleted(order, payment, subject)
      case 'compensated': {
        const isBlocked = payment === 'none' && blocked.has(saga.id)
        return auditCompensated(order, isBlocked ? 'BLOCKED' : payment, subject)
      }
      default:
        return [breach('saga.not-ended', `${saga.id} is ${saga.status}`)]
    }
  })
}

function auditCompleted(order: string, payment: string, subject: string): Breach[] {
  return [
    ...(order === 'COMPLETED' ? [] : [breach('completed.order-not-completed', subject)]),
    ...(payment === 'TAKEN' ? [] : [breach('completed.payment-not-taken', subject)]),
  ]
}

/** An order that was refused leaves no row, and nothing is asked of the payment service then. */
function auditCompensated(order: string, payment: string, subject: string): Breach[] {
  if (order === 'none' && payment === 'none') return []
  const isExplained = ['DECLINED', 'REFUNDED', 'BLOCKED'].includes(payment)
  return [
    ...(order === 'CANCELLED' ? [] : [breach('compensated.order-not-cancelled', subject)]),
    ...(payment === 'TAKEN' ? [breach('compensated.payment-still-taken', subject)] : []),
    ...(isExplained ? [] : [breach('compensated.without-declined-or-refunded', subject)]),
  ]
}

function bySaga(rows: readonly BusinessRow[]): ReadonlyMap<string, BusinessRow> {
  return new Map(rows.map((row) => [row.sagaId, row]))
}

/** What the fence must say of the first step, by the status of the row that the step wrote. */
const fenceOfOrder = { PENDING: 'done', COMPLETED: 'done', CANCELLED: 'undone' }
const fenceOfPayment = { TAKEN: 'done', DECLINED: 'refused', REFUNDED: 'undone' }

function auditFences(rows: AuditedRows): Breach[] {
  const wanted = (
    business: readonly BusinessRow[],
    fences: AuditedRows['orderFences'],
    rule: { readonly step: string; readonly states: Readonly<Record<string, string>> },
  ) => {
    const found = new Map(fences.map((fence) => [`${fence.sagaId}/${fence.step}`, fence.state]))
    return business.flatMap(({ sagaId, status }) => {
      const state = found.get(`${sagaId}/${rule.step}`) ?? 'none'
      const subject = `${sagaId}: ${status}, but the fence of ${rule.step} is ${state}`
      return state === rule.states[status] ? [] : [breach('fence.disagrees', subject)]
    })
  }
  const completed = rows.orders.filter(({ status }) => status === 'COMPLETED')
  return [
    ...wanted(rows.orders, rows.orderFences, { step: 'createOrder', states: fenceOfOrder }),
    ...wanted(completed, rows.orderFences, { step: 'completeOrder', states: fenceOfOrder }),
    ...wanted(rows.payments, rows.paymentFences, { step: 'takePayment', states: fenceOfPayment }),
  ]
}

/** For the message of a failed expectation: how often each breach came, and the first few. */
export function describeBreaches(breaches: readonly Breach[]): readonly string[] {
  const shownMax = 5
  return [...Map.groupBy(breaches, ({ name }) => name)].map(([name, same]) => {
    const shown = same.slice(0, shownMax).map(({ subject }) => subject)
    return `${name} (${same.length}): ${shown.join('; ')}`
  })
}
