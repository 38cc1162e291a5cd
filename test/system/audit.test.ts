// The audit must see what it is there to see: a quiet system has no breach, and each planted one
// is found under its name.
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { auditOrders, breachNames, describeBreaches, type OrderBreachName } from './audit.ts'
import type { AuditedDatabases } from './audited-rows.ts'
import {
  createQuietSystem,
  fillQuietSystem,
  quietSagas,
  quietStarts,
  runSql,
} from './quiet-system.ts'
import { openTestDatabases } from './test-databases.ts'

const databases = openTestDatabases(inject('postgresUrl'))
let urls: AuditedDatabases

beforeAll(async () => {
  urls = await createQuietSystem(databases)
})
afterAll(() => databases.dropAll())
beforeEach(() => fillQuietSystem(urls))

type Planted = {
  readonly what: string
  readonly in: keyof AuditedDatabases
  readonly sql: string
}

const { completed, declined, refunded } = quietSagas
const strangerId = '01900000-0000-7000-8000-0000000000aa'

/** Keyed by the breach: one without a planted case does not compile. */
const planted: Readonly<Record<OrderBreachName, readonly Planted[]>> = {
  'saga.not-ended': [
    {
      what: 'a saga still compensates',
      in: 'sagas',
      sql: `update sagas set status = 'compensating', ended_at = null where id = '${declined}'`,
    },
    {
      what: 'a saga is stuck',
      in: 'sagas',
      sql: `update sagas set status = 'stuck', ended_at = null where id = '${completed}'`,
    },
  ],
  'saga.twice': [
    {
      what: 'a start made two sagas',
      in: 'sagas',
      sql: `update sagas set business_key = 'completed' where id = '${declined}'`,
    },
  ],
  'start.lost': [
    {
      what: 'an answered start has no saga',
      in: 'sagas',
      sql: `delete from sagas where id = '${declined}'`,
    },
  ],
  'completed.order-not-completed': [
    {
      what: 'the order of a completed saga is pending',
      in: 'orders',
      sql: `update orders set status = 'PENDING' where saga_id = '${completed}'`,
    },
  ],
  'completed.payment-not-taken': [
    {
      what: 'the payment of a completed saga was refunded',
      in: 'payments',
      sql: `update payments set status = 'REFUNDED' where saga_id = '${completed}'`,
    },
    {
      what: 'a completed saga has no payment',
      in: 'payments',
      sql: `delete from payments where saga_id = '${completed}'`,
    },
  ],
  'compensated.order-not-cancelled': [
    {
      what: 'the order of a compensated saga is completed',
      in: 'orders',
      sql: `update orders set status = 'COMPLETED' where saga_id = '${declined}'`,
    },
    {
      what: 'a declined payment has no order',
      in: 'orders',
      sql: `delete from orders where saga_id = '${declined}'`,
    },
  ],
  'compensated.payment-still-taken': [
    {
      what: 'a payment was taken after its saga was compensated',
      in: 'payments',
      sql: `update payments set status = 'TAKEN' where saga_id = '${refunded}'`,
    },
  ],
  'compensated.without-declined-or-refunded': [
    {
      what: 'an order is cancelled and nobody knows why',
      in: 'payments',
      sql: `delete from payments where saga_id = '${declined}'`,
    },
  ],
  'order.twice': [
    {
      what: 'one customer got two orders',
      in: 'orders',
      sql: `insert into orders (saga_id, customer_id, amount, items)
        values ('${strangerId}', 'completed', 1, '[]')`,
    },
  ],
  'order.without-saga': [
    {
      what: 'an order belongs to no saga',
      in: 'orders',
      sql: `insert into orders (saga_id, customer_id, amount, items)
        values ('${strangerId}', 'stranger', 1, '[]')`,
    },
  ],
  'payment.twice': [
    {
      what: 'one customer paid twice',
      in: 'payments',
      sql: `insert into payments (saga_id, customer_id, amount, status)
        values ('${strangerId}', 'completed', 1, 'TAKEN')`,
    },
  ],
  'payment.without-saga': [
    {
      what: 'a payment belongs to no saga',
      in: 'payments',
      sql: `insert into payments (saga_id, customer_id, amount, status)
        values ('${strangerId}', 'stranger', 1, 'TAKEN')`,
    },
  ],
  'fence.disagrees': [
    {
      what: 'a payment was taken past the fence',
      in: 'payments',
      sql: `delete from fence where saga_id = '${completed}'`,
    },
    {
      what: 'an order was completed past the fence',
      in: 'orders',
      sql: `delete from fence where saga_id = '${completed}' and step = 'completeOrder'`,
    },
  ],
  'dead-letters': [
    {
      what: 'a record was parked',
      in: 'orders',
      sql: `insert into dead_letters
        (consumer, topic, partition, record_offset, recorded_at, headers, code, reason)
        values ('orders', 't', 0, 0, now(), '[]', 'COMMAND_MALFORMED', 'a test')`,
    },
  ],
  'not-judged': [
    {
      what: 'a saga has another definition',
      in: 'sagas',
      sql: `update sagas set definition_hash = 'x' where id = '${completed}'`,
    },
  ],
}

describe('the audit of an order system', () => {
  it('finds nothing in a quiet system', async () => {
    expect(describeBreaches(await auditOrders(urls, quietStarts))).toEqual([])
  })

  const cases = breachNames.flatMap((name) => planted[name].map((plant) => ({ name, ...plant })))
  it.each(cases)('reports $name when $what', async ({ name, in: database, sql }) => {
    await runSql(urls[database], sql)
    const found = await auditOrders(urls, quietStarts)
    expect(found.map((breach) => breach.name)).toContain(name)
  })

  it.each([
    ['timer.stray', 'sagas', `insert into timers values ('${completed}', now())`],
    [
      'publish-batch.old',
      'sagas',
      `insert into publish_batches values ('${strangerId}', '{}', now())`,
    ],
    [
      'outbox.old',
      'payments',
      `insert into outbox (topic, key, headers, value) values ('t', 'k', '{}', '{}')`,
    ],
    ['receipt.missing', 'payments', `delete from fence where saga_id = '${declined}'`],
  ] as const)('reports %s as the auditor does, without any grace', async (name, database, sql) => {
    await runSql(urls[database], sql)
    const found = await auditOrders(urls, quietStarts)
    expect(found.map((breach) => breach.name)).toContain(name)
  })

  it('lists every breach, not only the first', async () => {
    await runSql(urls.payments, `update payments set status = 'TAKEN'`)
    const found = await auditOrders(urls, quietStarts)
    const taken = found.filter(({ name }) => name === 'compensated.payment-still-taken')
    expect(taken).toHaveLength(2)
  })
})
