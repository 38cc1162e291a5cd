// Rows of the read model, made by SQL, of many names, ages and outcomes: what lists find where nobody
// has time to run as many sagas. Called by benchmarks, and by tests of what long lists do.
import type { Db } from '../messaging/db.ts'

const partSagas = 50_000

const insert = `
  insert into saga_search (saga_id, name, version, status, revision, steps, error, state,
    business_key, attributes, started_at, updated_at, ended_at)
  select ('0170' || lpad(to_hex(i), 4, '0') || '-' || lpad(to_hex(i >> 16), 4, '0')
      || '-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid,
    case when i % 5000 = 1 then 'rare' else 'saga-' || i % 5 end, 1 + i % 2, status, 3,
    case when status in ('running', 'stuck', 'paused') then array['step-' || i % 7]
      else '{}'::text[] end,
    case when status in ('compensated', 'stuck')
      then 'step-' || i % 7 || ': card declined, code e' || i % 10000 end,
    '"there"', 'key-' || i, array['country:' || i % 20, 'customer:' || i % 100000],
    timestamptz '2020-01-01' + i * interval '20 s', timestamptz '2020-01-01' + i * interval '20 s',
    case when status in ('completed', 'compensated')
      then timestamptz '2020-01-01' + i * interval '21 s' end
  from (
    select i, case when i % 1000 = 7 then 'stuck' when i % 2000 = 9 then 'paused'
      when i % 100 = 3 then 'running' when i % 10 = 4 then 'compensated'
      else 'completed' end as status
    from generate_series($1::int, $2::int) as i
  ) as made`

/** Their numbers begin with 1; the highest is the newest. */
export async function fillSearch(db: Db, sagas: number): Promise<void> {
  for (let from = 1; from <= sagas; from += partSagas) {
    await db.query(insert, [from, Math.min(from + partSagas - 1, sagas)])
  }
  await db.query(`insert into search_counts select name, version, status, count(*) from saga_search
    where name like 'saga-%' or name = 'rare' group by name, version, status`)
  await db.query('vacuum analyze saga_search')
}
