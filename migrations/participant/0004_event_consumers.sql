-- Consumers of domain events: how far each has come, and what it has taken, in the database of its
-- own rows, so that all of it commits together.

-- A generation reads the topics once from the beginning. One serves; a second one may be built up
-- beside it and take its place; what has retired is deleted.
create table event_consumers (
  consumer text not null,
  generation integer not null check (generation > 0),
  state text not null check (state in ('building', 'serving', 'retired')),
  -- Ends the name of its consumer group: Kafka must never have heard of it, or it would not begin at
  -- the beginning, also where this database is a new one.
  reader text not null default left(gen_random_uuid()::text, 8),
  begun_at timestamptz not null default clock_timestamp(),
  served_at timestamptz,
  primary key (consumer, generation)
);

create unique index event_consumers_state on event_consumers (consumer, state)
  where state <> 'retired';

-- How far a generation has come in each partition: what decides whether it may take over.
create table event_positions (
  consumer text not null,
  generation integer not null,
  topic text not null,
  partition integer not null,
  next_offset bigint not null,
  -- The time of the newest record that was taken.
  newest_at timestamptz not null,
  primary key (consumer, generation, topic, partition),
  foreign key (consumer, generation) references event_consumers on delete cascade
)
-- A row for each partition, updated with every batch.
with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.1);

-- Which events were taken: a repeat is known by source and id, as CloudEvents has it.
create table inbox (
  consumer text not null,
  generation integer not null,
  source text not null,
  event_id text not null,
  taken_at timestamptz not null default clock_timestamp(),
  primary key (consumer, generation, source, event_id)
);

-- Rows come in the order of time, and only old ones are looked for by it.
create index inbox_taken_at on inbox using brin (taken_at);
