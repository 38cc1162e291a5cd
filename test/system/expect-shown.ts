// What `npm run demo:events` shows, on a system that has done other orders before: a subscriber hears
// everything, the view is rebuilt while it serves, and its audit finds what differs.
import { expect, inject } from 'vitest'
import { realClock } from '../../messaging/clock.ts'
import { silentLog } from '../../messaging/log.ts'
import { showEvents, showView } from '../../services/demo/show-events.ts'
import { workerBrokers } from '../worker-kafka.ts'
import type { OrderWorld } from './order-world.ts'
import { openTestDatabases } from './test-databases.ts'

const ends = 'CANCELLED, payment DECLINED; COMPLETED, payment TAKEN'

export async function expectShown(world: OrderWorld): Promise<void> {
  const databases = openTestDatabases(inject('postgresUrl'))
  const lines: string[] = []
  try {
    const given = {
      system: world.system,
      brokers: workerBrokers(),
      createDatabase: (name: string) => databases.create(name),
      clock: realClock,
      log: silentLog,
      say: (line: string) => void lines.push(line),
    }
    const { says, ids } = await showEvents(given)
    expect(says).toBe('7 events of 2 orders heard by a subscriber of its own')
    expect(await showView(given, ids)).toBe('the view holds 2 orders, rebuilt while it served')
  } finally {
    await databases.dropAll()
  }
  expect(lines).toContain(`the view says of ann: ${ends}`)
  expect(lines.findLast((line) => line.startsWith('rebuilt'))).toMatch(new RegExp(`: ${ends}$`))
  const kinds = lines.flatMap((line) => /hears (\S+) of/.exec(line)?.[1] ?? [])
  const heard = ['order.created', 'payment.taken', 'payment.declined', 'order.completed']
  expect(new Set(kinds)).toEqual(new Set([...heard, 'order.cancelled', 'saga.completed']))
  expect(await world.auditView()).toEqual([])
  await expectFound(world)
}

/** The audit of the view can fail. */
async function expectFound(world: OrderWorld): Promise<void> {
  const ofAnn = `customer_id = 'ann'`
  await world.viewDb?.query(`update customer_orders set order_amount = 1 where ${ofAnn}`)
  await world.dbs.payments.query(`delete from payments where ${ofAnn} and status = 'DECLINED'`)
  const said = (await world.auditView()).map((line) => line.replace(/[0-9a-f-]{36}/, 'one'))
  expect(said.toSorted()).toEqual([
    'order one: ann CANCELLED 900, in the view ann CANCELLED 1',
    'order one: ann COMPLETED 4200, in the view ann COMPLETED 1',
    'payment one: none, in the view DECLINED 900',
  ])
}
