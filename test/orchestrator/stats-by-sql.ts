// The statistics as SQL counts them, from the history alone.
import type { Db, Row } from '../../messaging/db.ts'
import type { StatsItem } from '../../orchestrator/stats/read-stats.ts'

const statement = `
  with facts as (
    select s.name, h.saga_id, date_trunc('minute', h.at) as minute,
      floor(round(extract(epoch from h.at) * 1000, 3)) as ms, fact ->> 'type' as type,
      fact ->> 'step' as step, fact ->> 'visit' as visit, fact ->> 'direction' as direction,
      coalesce((fact ->> 'attempt')::int, 1) as attempt
    from history h join sagas s on s.id = h.saga_id, json_array_elements(h.facts) as fact
  ), counted as (
    select minute, name, '' as step,
      count(*) filter (where type = 'saga.started') as started,
      count(*) filter (where type = 'saga.completed') as completed,
      count(*) filter (where type = 'saga.compensated') as compensated,
      count(*) filter (where type in ('saga.abandoned', 'saga.terminated')) as failed,
      count(*) filter (where type = 'saga.stuck') as stuck,
      count(*) filter (where type = 'command.sent' and attempt > 1) as retries
    from facts group by 1, 2
    union all
    select minute, name, step,
      count(*) filter (where type = 'command.sent' and attempt = 1 and direction = 'do'),
      count(*) filter (where type = 'step.succeeded'),
      count(*) filter (where type = 'undo.succeeded'),
      count(*) filter (where type in ('step.refused', 'step.unknown')),
      count(*) filter (where type = 'saga.stuck'),
      count(*) filter (where type = 'command.sent' and attempt > 1)
    from facts where step is not null group by 1, 2, 3
  ), lasted as (
    select ended.minute, ended.name, '' as step, ended.ms - begun.ms as ms
    from facts ended join facts begun on begun.saga_id = ended.saga_id and begun.type = 'saga.started'
    where ended.type in
      ('saga.completed', 'saga.compensated', 'saga.abandoned', 'saga.terminated')
    union all
    select ended.minute, ended.name, ended.step, ended.ms - sent.ms
    from facts ended join facts sent on sent.saga_id = ended.saga_id and sent.step = ended.step
      and sent.visit = ended.visit and sent.type = 'command.sent' and sent.direction = 'do'
      and sent.attempt = 1
    where ended.type in ('step.succeeded', 'step.refused', 'step.unknown')
  ), durations as (
    select minute, name, step, count(*) as count,
      percentile_disc(0.5) within group (order by ms) as p50,
      percentile_disc(0.99) within group (order by ms) as p99
    from lasted group by 1, 2, 3
  )
  select minute as at, name, nullif(step, '') as step, started::int, completed::int,
    compensated::int, failed::int, stuck::int, retries::int, coalesce(count, 0)::int as count,
    p50::int as "p50Ms", p99::int as "p99Ms"
  from counted left join durations using (minute, name, step)
  where started + completed + compensated + failed + stuck + retries > 0
  order by minute, name, step nulls first`

export async function statsBySql(db: Db): Promise<readonly StatsItem[]> {
  const { rows } = await db.query<StatsItem & Row>(statement)
  return rows
}
