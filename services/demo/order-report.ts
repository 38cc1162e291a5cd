// How an order is told: what it is about, and afterwards its timeline, the rows and the verdict.
import { statusOf } from './judge.ts'
import type { Paint } from './paint.ts'
import type { OrderRun } from './run-order.ts'
import type { StepCommands } from './saga-api.ts'
import type { Scenario } from './scenarios.ts'
import type { OrderRow } from './service-rows.ts'
import { timelineLines } from './timeline.ts'

const indent = '   '

export function orderHeading(
  { name, story, order }: Scenario,
  number: number,
  paint: Paint,
): readonly string[] {
  const items = order.items.map(({ sku, quantity }) => `${quantity} x ${sku}`).join(', ')
  const wish = order.declinePayment === true ? ', with a payment that is to be declined' : ''
  return [
    '',
    paint('bold', `${number}  ${name}`),
    ...story.map((line) => `${indent}${line}`),
    paint(
      'dim',
      `${indent}POST /sagas/place-order: ${order.customerId} orders ${items}` +
        ` for ${money(order.amount)}${wish}`,
    ),
  ]
}

export function orderLine(line: string): string {
  return `${indent}${line}`
}

export function orderReport(
  { saga, history, rows, problems }: OrderRun,
  steps: readonly StepCommands[],
  paint: Paint,
): readonly string[] {
  const ends = `saga ${saga.status}, order ${statusOf(rows.orders)}, payment ${statusOf(rows.payments)}`
  const verdict =
    problems.length === 0
      ? paint('green', `${indent}right: ${ends}`)
      : paint('red', `${indent}WRONG: ${problems.join('; ')}`)
  return [
    paint('dim', `${indent}saga ${saga.id}`),
    '',
    ...timelineLines({ history, steps, paint }),
    '',
    ...rowLines('orders', rows.orders),
    ...rowLines('payments', rows.payments),
    verdict,
  ]
}

function rowLines(database: string, rows: readonly OrderRow[]): readonly string[] {
  const title = `${indent}database ${database}`.padEnd(23)
  if (rows.length === 0) return [`${title}no row`]
  return rows.map(
    ({ status, customerId, amount }) =>
      `${title}${status.padEnd(10)} ${customerId}  ${money(amount)}`,
  )
}

function money(cents: number): string {
  return (cents / 100).toFixed(2)
}
