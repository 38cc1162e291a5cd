// Whether an order ended as it must: compares what was found with what its scenario requires.
import type { SagaNow } from './saga-api.ts'
import type { RequiredEnd } from './scenarios.ts'
import type { OrderRow, Rows } from './service-rows.ts'

export type Found = {
  readonly saga: SagaNow
  readonly rows: Rows
  /** Sagas of this customer; each has one order. */
  readonly sagas: number
  /** How many of the POSTs said that they started a new saga; null where they do not say. */
  readonly starts: number | null
}

/** What is wrong, in words; empty when the order ended as it must. */
export function judge(required: RequiredEnd, found: Found): readonly string[] {
  const { saga, rows, sagas, starts } = found
  const steps = saga.steps.map(({ name, outcome }) => `${name} ${outcome}`).join(', ')
  const stepsRequired = Object.entries(required.steps).map((step) => step.join(' '))
  return [
    differs('the saga is', saga.status, [required.saga]),
    differs('the steps are', steps, [stepsRequired.join(', ')]),
    differs('the order is', statusOf(rows.orders), required.order),
    differs('the payment is', statusOf(rows.payments), required.payment),
    differs('the number of sagas is', `${sagas}`, ['1']),
    differs('the number of new starts is', `${starts ?? 1}`, ['1']),
  ].filter((problem) => problem !== null)
}

/** More than one row is never right, whatever they say. */
export function statusOf(rows: readonly OrderRow[]): string {
  return rows.length === 0 ? 'none' : rows.map(({ status }) => status).join(' and ')
}

function differs(subject: string, is: string, mustBe: readonly string[]): string | null {
  return mustBe.includes(is) ? null : `${subject} ${is}, must be ${mustBe.join(' or ')}`
}
