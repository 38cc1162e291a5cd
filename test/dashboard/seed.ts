// What the views are shown with: sagas of every outcome, letters that nobody could handle, and an hour of
// figures, so that no view is empty. Made by real sagas, but for what only time would bring.
import { encodeMessage } from '../../messaging/envelope.ts'
import type { MessageId } from '../../messaging/message.ts'
import { awaitUntil } from '../system/await-until.ts'
import type { DashboardWorld } from './dashboard-world.ts'

/** By what became of them. */
export type Seeded = Readonly<
  Record<'completed' | 'compensated' | 'stuck' | 'waiting' | 'trip', string>
>

const troubles = ['no-courier', 'card-declined', 'no-refund', 'no-receipt', undefined] as const
const ends = ['compensated', 'compensated', 'stuck', 'stuck', 'completed'] as const

export async function seed(world: DashboardWorld, orders: number): Promise<Seeded> {
  const { order, start } = {
    order: world.order.bind(world),
    start: world.start.bind(world),
  }
  await parkLetters(world)
  for (let at = 0; at < orders; at += 1) {
    // Most of them go well.
    const kind = at % 3 === 0 ? (at / 3) % 5 : 4
    const trouble = troubles[kind]
    const cents = 1_990 + 730 * at
    const more = { cents, express: at % 4 === 1, ...(trouble && { trouble }) }
    await order(`A-${1_010 + at}`, ends[kind] ?? 'completed', more)
  }
  await start('claim-expense', { employee: 'grace', cents: 2_400 }, 'completed')
  await start('claim-expense', { employee: 'linus', cents: 12_900 }, 'running')
  const paused = await start('claim-expense', { employee: 'dennis', cents: 31_000 }, 'running')
  await world.orchestrator.client.tell(paused, 'pause', { actor: 'ada', reason: 'asked the team' })
  const seeded = {
    trip: await start('book-trip', { traveller: 'ada', from: 'CGN', to: 'LIS' }, 'completed'),
    completed: await order('A-1001', 'completed', { express: true }),
    compensated: await order('A-1002', 'compensated', { trouble: 'no-courier' }),
    stuck: await order('A-1003', 'stuck', { trouble: 'no-refund' }),
    waiting: await start('claim-expense', { employee: 'bob', cents: 9_000 }, 'running'),
  }
  await awaitUntil('the read model has come so far', async () => {
    const { body } = await world.orchestrator.client.get('/sagas?limit=200')
    return (body['items'] as readonly unknown[]).length >= orders + 8
  })
  return seeded
}

/** Starts that fit no saga, and a record that is no message. */
async function parkLetters(world: DashboardWorld): Promise<void> {
  const starts = [
    { saga: 'claim-expense', key: 'eve', input: { employee: 'eve', cents: 'many' } },
    { saga: 'claim-expense', key: 'joe', input: { cents: 100 } },
    { saga: 'place-order', key: 'A-77', input: { order: 'A-77' } },
  ]
  const topic = 'sagaline.starts'
  for (const data of starts) {
    const id = `${data.saga}/${data.key}/start` as MessageId
    const type = 'sagaline.start-saga'
    const { value, ...record } = encodeMessage({
      ...{ id, type, source: 'web-shop', topic, key: data.key, data },
    })
    await world.engine.kafka.write({ ...record, value: Buffer.from(value) })
  }
  const strange = { topic: 'sagaline.replies', key: 'A-78', value: Buffer.from('{"done":') }
  await world.engine.kafka.write(strange)
  await awaitUntil('they are parked', async () => {
    const { body } = await world.orchestrator.client.get('/dead-letters')
    return (body['items'] as readonly unknown[]).length > starts.length
  })
}

/** The last hour of a shop that does well, as the statistics would have it. */
export async function fillHour({ db }: DashboardWorld): Promise<void> {
  await db.query(`
    insert into stats_windows
    select date_trunc('minute', now()) - m * interval '1 minute', name, step, started,
      started - turned - started / 40, turned, turned, case when m % 17 = 3 then 1 else 0 end,
      case when step = '' then 0 else started / 30 end,
      json_build_object(bucket, started / 2, bucket + 3, started / 3, bucket + 14, started / 20 + 1)
    from generate_series(0, 62) as m
    cross join (values ('place-order', '', 70, 90), ('place-order', 'reserveStock', 70, 46),
      ('place-order', 'takePayment', 68, 71), ('place-order', 'bookCourier', 62, 62),
      ('place-order', 'wrapGift', 60, 34), ('place-order', 'sendReceipt', 60, 40),
      ('book-trip', '', 14, 104), ('book-trip', 'hotel', 14, 68), ('book-trip', 'flight', 14, 84),
      ('book-trip', 'car', 14, 60), ('claim-expense', '', 5, 130), ('claim-expense', 'reserve', 5, 38))
      as s (name, step, base, bucket)
    cross join lateral (select (base * (1 + 0.32 * sin(m / 6.0) + 0.14 * sin(m * 1.7)))::int as started)
      as one
    cross join lateral (select (started * (0.05 + 0.03 * sin(m / 4.0)))::int as turned) as two
    on conflict (at, name, step) do update set started = excluded.started,
      completed = excluded.completed, compensated = excluded.compensated, stuck = excluded.stuck`)
}

/** Sagas of a day, not of this minute. */
export async function spread({ db }: DashboardWorld): Promise<void> {
  await db.query(`
    update saga_search set started_at = started_at - ago, updated_at = updated_at - ago,
      ended_at = ended_at - ago
    from (select saga_id as id, (row_number() over (order by started_at desc)) ^ 1.7
        * interval '47 seconds' as ago from saga_search) as by_age
    where id = saga_id`)
}
