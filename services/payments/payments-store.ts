// The statements of the table `payments`, each for many payments at once. Called by `commands.ts`.
import type { Tx } from '../../participant/index.ts'

export type NewPayment = {
  readonly sagaId: string
  readonly customerId: string
  readonly amount: number
  readonly status: 'TAKEN' | 'DECLINED'
}

const insertPaymentsSql = {
  name: 'payments-insert',
  text: `
    insert into payments (saga_id, customer_id, amount, status)
    select * from unnest($1::uuid[], $2::text[], $3::integer[], $4::text[])`,
}

export function insertPayments(tx: Tx, payments: readonly NewPayment[]): Promise<unknown> {
  return tx.query(insertPaymentsSql, [
    payments.map((payment) => payment.sagaId),
    payments.map((payment) => payment.customerId),
    payments.map((payment) => payment.amount),
    payments.map((payment) => payment.status),
  ])
}

const refundPaymentsSql = {
  name: 'payments-refund',
  text: `
    update payments set status = 'REFUNDED', updated_at = clock_timestamp()
    where saga_id = any($1::uuid[]) and status = 'TAKEN'
    returning saga_id`,
}

/** Refunds those payments that are TAKEN and returns which they were. */
export async function refundPayments(
  tx: Tx,
  sagaIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const { rows } = await tx.query<{ saga_id: string }>(refundPaymentsSql, [sagaIds])
  return new Set(rows.map((row) => row.saga_id))
}
