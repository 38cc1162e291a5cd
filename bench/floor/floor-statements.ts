// The statements of the floor: one for each group commit, with arrays that were written as text
// beforehand, so that no client spends time on them. Frozen, as floor.ts is.

/** Bytes of a row beside its key and its short columns, as the product's tables have them. */
const bodies = { saga: 900, history: 380, fence: 370, order: 60, payment: 30 }

export const startSagas = {
  name: 'start',
  text: `
    with history as (
      insert into history (saga_id, seq, body) select id, 1, body
      from unnest($1::uuid[], $3::text[]) as h(id, body)
    ), timers as (
      insert into timers (saga_id, due_at)
      select unnest($1::uuid[]), clock_timestamp() + interval '30 s'
    ), batch as (
      insert into publish_batches (id, saga_ids) values (uuidv7(), $1::uuid[])
    )
    insert into sagas (id, status, business_key, body) select id, 'running', 'customer', body
    from unnest($1::uuid[], $2::text[]) as s(id, body)`,
}

export const moveSagas = {
  name: 'move',
  text: `
    with history as (
      insert into history (saga_id, seq, body) select id, seq, body
      from unnest($1::uuid[], $4::integer[], $3::text[]) as h(id, seq, body)
    ), timers as (
      delete from timers where saga_id = any($5::uuid[])
    ), batch as (
      insert into publish_batches (id, saga_ids) values (uuidv7(), $1::uuid[])
    )
    update sagas set body = moved.body, status = case moved.seq when 4 then 'completed' else status end
    from unnest($1::uuid[], $4::integer[], $2::text[]) as moved(id, seq, body)
    where sagas.id = moved.id and sagas.id = any($1::uuid[])`,
}

/** What the product forgets every half second. */
export const forgetBatches = { name: 'forget', text: 'delete from publish_batches' }

export const takeOrders = {
  name: 'orders',
  text: `
    with fence as (
      insert into fence (saga_id, step, visit, body) select id, step, 1, body
      from unnest($1::uuid[], $2::text[], $3::text[]) as f(id, step, body)
    ), created as (
      insert into orders (saga_id, status, body) select id, 'PENDING', body
      from unnest($4::uuid[], $5::text[]) as o(id, body)
    )
    update orders set status = 'COMPLETED' where saga_id = any($6::uuid[])`,
}

export const takePayments = {
  name: 'payments',
  text: `
    with fence as (
      insert into fence (saga_id, step, visit, body) select id, 'takePayment', 1, body
      from unnest($1::uuid[], $2::text[]) as f(id, body)
    )
    insert into payments (saga_id, status, body) select id, 'TAKEN', body
    from unnest($1::uuid[], $3::text[]) as p(id, body)`,
}

/** As Postgres writes an array; none of what goes in needs quotes. */
export function arrayOf(items: readonly (string | number)[]): string {
  return `{${items.join(',')}}`
}

const made = new Map<string, string>()

/** `count` bodies as an array; made once for each length. */
export function bodiesOf(kind: keyof typeof bodies, count: number): string {
  const key = `${kind} ${count}`
  const known = made.get(key)
  if (known !== undefined) return known
  const array = arrayOf(Array(count).fill('x'.repeat(bodies[kind])))
  made.set(key, array)
  return array
}
