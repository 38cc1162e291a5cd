// A database that is set back to an older backup, beside a Kafka that is newer: the procedure of
// docs/reliability.md for replies and commands, and what it says that is lost. The backup is a copy
// of the database.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { openDb } from '../../messaging/db.ts'
import type { SystemProcess } from '../../services/system/system-process.ts'
import { type AnsweredStart, auditOrders, type Breach, describeBreaches } from './audit.ts'
import { auditLifecycle } from './audit-lifecycle.ts'
import { awaitUntil } from './await-until.ts'
import { OrderWorld } from './order-world.ts'
import { orderOf, placeOrders } from './place-orders.ts'

const limitMs = 120_000
const testLimitMs = 300_000

let world: OrderWorld
beforeAll(async () => {
  world = await OrderWorld.start()
}, testLimitMs)
afterAll(() => world.stop())

const orchestrator = () => world.system.orchestrators[0] as SystemProcess
const payments = () => world.system.payments[0] as SystemProcess

const place = (prefix: string, count: number) =>
  placeOrders({ client: world.client, count, inFlight: 3, declineEvery: 3, prefix, limitMs })

const nameOf = (url: string) => new URL(url).pathname.slice(1)

/** Nobody may be connected to what is copied, so they are thrown out; pools connect anew. */
async function copy(from: string, to: string): Promise<void> {
  const admin = openDb({
    url: inject('postgresUrl'),
    applicationName: 'backup',
    connectionsMax: 1,
  })
  try {
    await awaitUntil(`${to} is there`, async () => {
      for (const name of [from, to]) {
        await admin.query(
          'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1',
          [name],
        )
      }
      await admin.query(`drop database if exists "${to}"`)
      await admin.query(`create database "${to}" template "${from}"`)
      return true
    })
  } finally {
    await admin.stop()
  }
}

async function backUp(database: 'sagas' | 'orders'): Promise<() => Promise<void>> {
  const name = nameOf(world.databases[database])
  await copy(name, `${name}_backup`)
  return () => copy(`${name}_backup`, name)
}

const breachesOf = async (starts: readonly AnsweredStart[]): Promise<readonly Breach[]> => {
  await world.awaitQuiet(limitMs)
  return auditOrders(world.databases, starts)
}

/** What the procedure does with timers. */
const page = readFileSync(path.join(import.meta.dirname, '../../docs/reliability.md'), 'utf8')
const holdTimers = /`(update timers [^`]+)`/.exec(page)?.[1] ?? ''

/** As after an hour: the step that each saga waits for is long past its limit, its last attempt. */
const passAnHour = `
  with living as (
    update sagas set snapshot = jsonb_set(snapshot::jsonb, '{steps}', (
      select jsonb_agg(case when step ->> 'dueAt' is null then step
        else jsonb_set(step, '{dueAt}', to_jsonb((step ->> 'dueAt')::float8 - 3600000)) end)
      from jsonb_array_elements(snapshot::jsonb -> 'steps') as step))::json
    where ended_at is null returning id)
  update timers set due_at = due_at - interval '1 hour'
  where saga_id in (select id from living)`

async function awaitAllEnded(): Promise<void> {
  await awaitUntil(
    'what was under way has ended',
    async () => {
      const living = 'select status, snapshot from sagas where ended_at is null'
      const { rows } = await world.dbs.sagas.query(living)
      if (rows.length > 0) throw new Error(JSON.stringify(rows))
      return true
    },
    limitMs,
  )
}

const sagaIdOf = ({ subject }: Breach) => subject.split(':')[0]

describe('a database that was set back', () => {
  it(
    'of a service: commands that come again make it whole, and nothing is lost',
    async () => {
      const before = await place('service-before', 6)
      await world.awaitQuiet(limitMs)
      await world.system.orders.stop()
      const restore = await backUp('orders')
      const backedUpAt = Date.now()
      await world.system.orders.start()
      const after = await place('service-after', 6)
      await world.awaitQuiet(limitMs)
      await world.system.orders.kill()
      await restore()
      const lost = await auditOrders(world.databases, [...before, ...after])
      expect(new Set(lost.map(({ name }) => name))).toContain('receipt.missing')
      await world.kafka.rewind('orders', 'orders.commands', backedUpAt)
      await world.system.orders.start()
      expect(describeBreaches(await breachesOf([...before, ...after]))).toEqual([])
    },
    testLimitMs,
  )

  it(
    'of the orchestrator: what was under way goes on, what began later is named by the auditor',
    async () => {
      const before = await place('before', 6)
      // Two that are under way when the backup is made: their payments are not answered.
      await payments().stop()
      const underWay = place('under-way', 2)
      // The replies of their orders are handled: those that were not would be older than the backup.
      await awaitUntil('they wait for their payments', async () => {
        const { rows } = await world.dbs.sagas.query(
          `select 1 from sagas where ended_at is null
          and jsonb_array_length(snapshot::jsonb -> 'steps') = 2`,
        )
        return rows.length === 2
      })
      await orchestrator().stop()
      const restore = await backUp('sagas')
      const backedUpAt = Date.now()
      await orchestrator().start()
      await payments().start()
      const ended = await underWay
      const after = await place('after', 6)
      await world.awaitQuiet(limitMs)

      await orchestrator().kill()
      await restore()
      expect((await world.dbs.sagas.query(passAnHour)).rowCount).toBe(2)
      expect((await world.dbs.sagas.query(holdTimers)).rowCount).toBe(2)
      await world.kafka.rewind('sagaline', 'sagaline.replies', backedUpAt)
      await orchestrator().start()
      await awaitAllEnded()
      const breaches = await breachesOf([...before, ...ended])
      const lostIds = new Set<string | undefined>(after.map(({ id }) => id))
      const named = breaches.filter(({ name }) => name === 'receipt.without-saga')
      expect(new Set(named.map(sagaIdOf))).toEqual(lostIds)
      const others = breaches.filter(
        ({ name, subject }) =>
          name !== 'dead-letters' && !after.some(({ id }) => subject.includes(id)),
      )
      expect(describeBreaches(others)).toEqual([])
      const { rows: parked } = await world.dbs.sagas.query<{ readonly code: string }>(
        'select distinct code from dead_letters',
      )
      expect(parked).toEqual([{ code: 'SAGA_NOT_FOUND' }])
      const told = await auditLifecycle(world.kafka, world.dbs.sagas)
      const unknown = told.filter((line) => line.startsWith('without history'))
      const isTold = ({ id }: AnsweredStart) => unknown.some((line) => line.includes(id))
      expect(after.filter((start) => !isTold(start))).toEqual([])
    },
    testLimitMs,
  )

  it(
    'of the orchestrator: a saga that was taken back since goes forward, and the auditor names it',
    async () => {
      await payments().stop()
      const order = orderOf('taken-back', false)
      const { body } = await world.client.start('place-order', order, { key: 'taken-back' })
      const id = String(body['id'])
      await awaitUntil('it waits for its payment', async () => {
        const { rows } = await world.dbs.orders.query(
          `select 1 from orders where customer_id = 'taken-back'`,
        )
        return rows.length === 1 && (await world.client.saga(id)).steps.length === 2
      })
      await orchestrator().stop()
      const restore = await backUp('sagas')
      const backedUpAt = Date.now()
      await orchestrator().start()
      const by = { actor: 'ann', reason: 'changed her mind' }
      expect((await world.client.tell(id, 'cancel', by)).status).toBeLessThan(300)
      await payments().start()
      await awaitAllEnded()
      expect((await world.client.saga(id)).status).toBe('compensated')
      await world.awaitQuiet(limitMs)
      await orchestrator().kill()
      await restore()
      expect((await world.dbs.sagas.query(holdTimers)).rowCount).toBe(1)
      await world.kafka.rewind('sagaline', 'sagaline.replies', backedUpAt)
      await orchestrator().start()
      await awaitUntil('it goes forward', async () => {
        return (await world.client.saga(id)).steps.some(({ name }) => name === 'completeOrder')
      })
      // Its order is cancelled: nothing but an end by hand helps.
      expect((await world.client.tell(id, 'terminate', by)).status).toBeLessThan(300)
      const found = (await breachesOf([])).filter((breach) => sagaIdOf(breach) === id)
      const unasked = found.filter(({ name }) => name === 'undo.unasked')
      expect(unasked.map(({ subject }) => /createOrder|takePayment/.exec(subject)?.[0])).toEqual([
        'createOrder',
        'takePayment',
      ])
    },
    testLimitMs,
  )
})
