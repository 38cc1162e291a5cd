// What `npm run demo:events` shows, on the Kafka and Postgres of the run.
import { expect, inject, it } from 'vitest'
import { realClock } from '../../messaging/clock.ts'
import { silentLog } from '../../messaging/log.ts'
import { showEvents } from '../../services/demo/show-events.ts'
import { OrderWorld } from '../system/order-world.ts'
import { openTestDatabases } from '../system/test-databases.ts'
import { workerBrokers } from '../worker-kafka.ts'

it('a subscriber hears of two orders, and the view says of them what is so, also when rebuilt', async () => {
  const databases = openTestDatabases(inject('postgresUrl'))
  const world = await OrderWorld.start({ hasView: true })
  const lines: string[] = []
  try {
    const summary = await showEvents({
      system: world.system,
      brokers: workerBrokers(),
      createDatabase: (name) => databases.create(name),
      clock: realClock,
      log: silentLog,
      say: (line) => lines.push(line),
    })
    expect(summary).toMatch(
      /^events: \d+ heard by a subscriber of its own; the view holds 2 orders/,
    )
    const ends = 'CANCELLED, payment DECLINED; COMPLETED, payment TAKEN'
    expect(lines).toContain(`the view says of ann: ${ends}`)
    expect(lines.at(-1)).toMatch(new RegExp(`it says: ${ends}$`))
    const kinds = lines.flatMap((line) => /hears (\S+) of/.exec(line)?.[1] ?? [])
    const heard = ['order.created', 'payment.taken', 'payment.declined', 'order.completed']
    expect(new Set(kinds)).toEqual(new Set([...heard, 'order.cancelled', 'saga.completed']))
    expect(await world.auditView()).toEqual([])
    await world.viewDb?.query(`update customer_orders set order_amount = order_amount + 1`)
    await world.dbs.payments.query(`delete from payments where status = 'DECLINED'`)
    const said = (await world.auditView()).map((line) => line.replace(/[0-9a-f-]{36}/, 'one'))
    expect(said.toSorted()).toEqual([
      'order one: ann CANCELLED 900, in the view ann CANCELLED 901',
      'order one: ann COMPLETED 4200, in the view ann COMPLETED 4201',
      'payment one: none, in the view DECLINED 900',
    ])
  } finally {
    await world.stop()
    await databases.dropAll()
  }
}, 120_000)
