-- The tables of a payment service that is no Node: its business rows, and what the protocol asks
-- for. `sagaline audit --service` and `sagaline dlq` want those that the kit's migrate makes, which
-- have more columns and tables; where they are there, these statements change nothing.
create table if not exists payments (
  saga_id uuid primary key,
  customer_id text not null,
  amount integer not null check (amount > 0),
  status text not null check (status in ('TAKEN', 'DECLINED', 'REFUNDED')),
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp()
);

-- One row per saga, step and visit, shared by the do and its undo.
create table if not exists fence (
  saga_id uuid not null,
  step text not null,
  visit integer not null,
  -- done, refused: the do was carried out; undone: and taken back; blocked: the undo came first.
  state text not null check (state in ('asked', 'done', 'refused', 'undone', 'blocked')),
  body_hash bytea,
  undo_body_hash bytea,
  reply json,
  events json,
  undo_reply json,
  undo_events json,
  created_at timestamptz not null default clock_timestamp(),
  undone_at timestamptz,
  primary key (saga_id, step, visit)
);

-- Records that can never be handled, with every byte, for a person to look at.
create table if not exists dead_letters (
  id bigint generated always as identity primary key,
  consumer text not null,
  topic text not null,
  partition integer not null,
  record_offset bigint not null,
  recorded_at timestamptz not null,
  key bytea,
  value bytea,
  headers json not null,
  code text not null,
  reason text not null,
  parked_at timestamptz not null default clock_timestamp(),
  unique (consumer, topic, partition, record_offset, recorded_at)
);

-- Which topics are served from this database, for the auditor.
create table if not exists served_topics (
  topic text primary key,
  service text not null,
  served_at timestamptz not null default clock_timestamp()
);
