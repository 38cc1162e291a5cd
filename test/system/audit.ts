// The audit of an order system that has come to rest: every promise about its three databases, and
// every row that breaks one, by name. All load and crash tests end with it.
import { isDeepStrictEqual } from 'node:util'
import { advance } from '../../orchestrator/engine/advance.ts'
import type { Saga } from '../../orchestrator/engine/saga.ts'
import { placeOrder } from '../../services/place-order/saga.ts'
import {
  type AuditedDatabases,
  type AuditedRows,
  type AuditedSaga,
  type BusinessRow,
  readAuditedRows,
} from './audited-rows.ts'

export const breachNames = [
  'saga.not-ended',
  'saga.twice',
  'saga.steps-contradict-its-end',
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
  'fence.without-saga',
  'history.gap',
  'history.end-differs',
  'history.sent-twice',
  'replay.differs',
  'leftover',
] as const

export type BreachName = (typeof breachNames)[number]

export type Breach = { readonly name: BreachName; readonly subject: string }

/** A start that was answered: its saga must be there, with its customer. */
export type AnsweredStart = { readonly id: string; readonly customer: string }

/** Each order of the run must have had a customer of its own. */
export async function auditOrders(
  databases: AuditedDatabases,
  starts: readonly AnsweredStart[],
): Promise<readonly Breach[]> {
  const rows = await readAuditedRows(databases)
  const sagaIds = new Set<string>(rows.sagas.map(({ id }) => id))
  return [
    ...auditStarts(rows.sagas, starts),
    ...auditTwice('saga.twice', rows.sagas),
    ...auditTwice('order.twice', rows.orders),
    ...auditTwice('payment.twice', rows.payments),
    ...rows.sagas.flatMap((saga) => [...auditHistory(saga), ...auditReplay(saga)]),
    ...auditEnds(rows),
    ...auditFences(rows),
    ...without('order.without-saga', rows.orders, sagaIds),
    ...without('payment.without-saga', rows.payments, sagaIds),
    ...without('fence.without-saga', [...rows.orderFences, ...rows.paymentFences], sagaIds),
    ...rows.leftovers.map(({ table, what }) => breach('leftover', `${table}: ${what}`)),
  ]
}

function breach(name: BreachName, subject: string): Breach {
  return { name, subject }
}

function auditStarts(sagas: readonly AuditedSaga[], starts: readonly AnsweredStart[]): Breach[] {
  const customers = new Map<string, string | null>(sagas.map(({ id, customer }) => [id, customer]))
  return starts
    .filter(({ id, customer }) => customers.get(id) !== customer)
    .map(({ id, customer }) => breach('start.lost', `${id} of ${customer}`))
}

function auditTwice(
  name: BreachName,
  rows: readonly { readonly customer: string | null }[],
): Breach[] {
  return [...Map.groupBy(rows, ({ customer }) => customer)]
    .filter(([, same]) => same.length > 1)
    .map(([customer, same]) => breach(name, `${customer}: ${same.length} rows`))
}

function without(
  name: BreachName,
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
    const steps = stepsContradict(saga) ? [breach('saga.steps-contradict-its-end', saga.id)] : []
    switch (saga.isEndDated ? saga.status : 'running') {
      case 'completed':
        return [...steps, ...auditCompleted(order, payment, subject)]
      case 'compensated': {
        const isBlocked = payment === 'none' && blocked.has(saga.id)
        return [...steps, ...auditCompensated(order, isBlocked ? 'BLOCKED' : payment, subject)]
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

function stepsContradict({ status, steps }: AuditedSaga): boolean {
  if (status === 'completed') {
    return steps.length !== 3 || steps.some((s) => s.outcome !== 'done' || s.undo !== 'none')
  }
  return (
    status === 'compensated' &&
    steps.some(({ outcome, undo }) => (outcome === 'refused' ? undo !== 'none' : undo !== 'done'))
  )
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

function auditHistory({ id, status, revision, history }: AuditedSaga): Breach[] {
  const isWhole = history.length === revision && history.every(({ seq }, at) => seq === at + 1)
  const sent = history
    .flatMap(({ facts }) => facts)
    .filter(({ type }) => type === 'command.sent')
    .map(({ step, visit, direction, attempt }) => `${step}/${visit}/${direction}#${attempt}`)
  const twice = sent.filter((key, at) => sent.indexOf(key) !== at)
  return [
    ...(isWhole ? [] : [breach('history.gap', `${id}: ${history.length} of ${revision}`)]),
    ...(history.at(-1)?.status === status ? [] : [breach('history.end-differs', id)]),
    ...twice.map((key) => breach('history.sent-twice', `${id}: ${key}`)),
  ]
}

/** Folding the recorded events through the pure core must give the stored saga again. */
function auditReplay({ id, status, steps, history }: AuditedSaga): Breach[] {
  let saga: Saga | null = null
  try {
    for (const { event, atMs } of history) saga = advance(placeOrder, saga, event, atMs).saga
  } catch (error) {
    return [breach('replay.differs', `${id}: ${String(error)}`)]
  }
  const outcomes = (of: AuditedSaga['steps']) =>
    of.map(({ name, visit, outcome, undo, attempts }) => [name, visit, outcome, undo, attempts])
  const isSame = saga?.status === status && isDeepStrictEqual(outcomes(saga.steps), outcomes(steps))
  return isSame ? [] : [breach('replay.differs', `${id}: replayed to ${saga?.status}`)]
}

/** For the message of a failed expectation: how often each breach came, and the first few. */
export function describeBreaches(breaches: readonly Breach[]): readonly string[] {
  const shownMax = 5
  return [...Map.groupBy(breaches, ({ name }) => name)].map(([name, same]) => {
    const shown = same.slice(0, shownMax).map(({ subject }) => subject)
    return `${name} (${same.length}): ${shown.join('; ')}`
  })
}
