-- The orchestrator's own tables. Every hot statement names the sagas that it touches, and no
-- index covers a column that changes, so that updates of a saga stay in their page (HOT).

-- One row a saga: its snapshot as `advance` gave it.
create table sagas (
  id uuid primary key,
  name text not null,
  version integer not null,
  definition_hash text not null,
  status text not null,
  revision integer not null,
  snapshot json not null,
  business_key text,
  wake_at timestamptz,
  started_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz
) with (fillfactor = 70);

create index sagas_business_key on sagas (business_key, id) where business_key is not null;

-- What happened to a saga: the event that came in and what came to be. Append-only.
create table history (
  saga_id uuid not null,
  seq integer not null,
  at timestamptz not null,
  type text not null,
  status text not null,
  event json not null,
  state json not null,
  facts json not null,
  batch_id uuid,
  primary key (saga_id, seq)
);

-- The earliest moment that a saga may need to be woken; its exact times are in its snapshot.
create table timers (
  saga_id uuid primary key,
  due_at timestamptz not null
) with (fillfactor = 70);

create index timers_due_at on timers (due_at);

-- One row for each transaction whose messages are not yet known to be in Kafka.
create table publish_batches (
  id uuid primary key,
  saga_ids uuid[] not null,
  due_at timestamptz not null
);

-- Idempotency keys of starts: the first request of a key decides.
create table idempotency_keys (
  name text not null,
  key text not null,
  body_hash text not null,
  saga_id uuid not null,
  created_at timestamptz not null default clock_timestamp(),
  primary key (name, key)
);

-- Events of sagas whose definition the instance that read them does not have, e.g. in the middle
-- of a deployment. An instance that has it takes them from here.
create table held_events (
  id bigint generated always as identity primary key,
  saga_id uuid not null,
  event json not null,
  cause text,
  held_at timestamptz not null default clock_timestamp()
);
