-- Statistics by the minute, which orchestrator/stats makes of the lifecycle events. As the read model,
-- nothing here is written in a transaction that moves a saga.

-- Who follows the events follows them for one thing; a row of an older release is of the read model.
alter table search_followers add column keeps text not null default 'search';

-- One row a minute, saga name and step; step '' is the saga as a whole.
create table stats_windows (
  at timestamptz not null,
  name text not null,
  step text not null,
  started integer not null,
  completed integer not null,
  compensated integer not null,
  failed integer not null,
  stuck integer not null,
  retries integer not null,
  -- How many durations fell into which bucket, by its number; a bucket without any is left out.
  durations jsonb not null,
  primary key (at, name, step)
) with (fillfactor = 50);

-- What was counted of a saga, so that nothing counts twice; kept for an hour after its end.
create table stats_sagas (
  saga_id uuid primary key,
  partition integer not null,
  -- The time of its newest event.
  touched_at timestamptz not null,
  is_ended boolean not null,
  counted json not null
) with (fillfactor = 80);

create index stats_sagas_ended on stats_sagas (touched_at) where is_ended;
create index stats_sagas_living on stats_sagas (touched_at) where not is_ended;

-- How far the events of each partition have come: the time of the newest one. Whoever counts events
-- of a partition locks its row first.
create table stats_partitions (
  partition integer primary key,
  newest_at timestamptz not null
) with (fillfactor = 50);
