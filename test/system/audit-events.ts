// The audit of the domain events: each change of a row was told at least once, and nothing was
// told that is in no row.
import type { Db } from '../../messaging/db.ts'
import type { AuditedDatabases } from './audited-rows.ts'
import type { RawKafka } from './raw-kafka.ts'

/** What must have been told of a row that ended so. */
const toldOfOrders: Readonly<Record<string, readonly string[]>> = {
  COMPLETED: ['order.created', 'order.completed'],
  CANCELLED: ['order.created', 'order.cancelled'],
}
const toldOfPayments: Readonly<Record<string, readonly string[]>> = {
  TAKEN: ['payment.taken'],
  DECLINED: ['payment.declined'],
  REFUNDED: ['payment.taken', 'payment.refunded'],
}

/** Answers what is missing and what is too much, e.g. `missing: order.completed of <id>`. */
export async function auditEvents(
  kafka: RawKafka,
  dbs: Readonly<Record<keyof AuditedDatabases, Db>>,
): Promise<readonly string[]> {
  const [orders, payments] = await Promise.all([
    auditTopic(kafka, { topic: 'orders.events', db: dbs.orders, told: toldOfOrders }),
    auditTopic(kafka, { topic: 'payments.events', db: dbs.payments, told: toldOfPayments }),
  ])
  return [...orders, ...payments]
}

async function auditTopic(
  kafka: RawKafka,
  given: {
    readonly topic: string
    readonly db: Db
    readonly told: Readonly<Record<string, readonly string[]>>
  },
): Promise<readonly string[]> {
  const table = given.topic.replace('.events', '')
  const { rows } = await given.db.query<{ readonly id: string; readonly status: string }>(
    `select saga_id as id, status from ${table}`,
  )
  const wanted = new Set(
    rows.flatMap(({ id, status }) => (given.told[status] ?? []).map((type) => `${type} of ${id}`)),
  )
  const found = new Set(
    (await kafka.read(given.topic)).map(
      ({ headers, key }) => `${headers['ce_type']} of ${key?.toString()}`,
    ),
  )
  return [
    ...[...wanted].filter((event) => !found.has(event)).map((event) => `missing: ${event}`),
    ...[...found].filter((event) => !wanted.has(event)).map((event) => `without row: ${event}`),
  ]
}
