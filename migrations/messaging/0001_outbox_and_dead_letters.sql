-- Messages written together with the change that they tell of, until the broker has them. Rows
-- live for milliseconds, so the table is vacuumed early and often.
create table outbox (
  id bigint generated always as identity primary key,
  topic text not null,
  key text not null,
  -- The record as it goes to Kafka. json and text, not jsonb: what was written is what is sent.
  headers json not null,
  value text not null,
  created_at timestamptz not null default clock_timestamp()
) with (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_limit = 1000);

-- Records that could not be handled, with every byte they had, for a person to look at.
create table dead_letters (
  id bigint generated always as identity primary key,
  -- The consumer group that could not handle it.
  consumer text not null,
  topic text not null,
  partition integer not null,
  record_offset bigint not null,
  -- The record's own time: a topic that was created anew counts its offsets from 0 again.
  recorded_at timestamptz not null,
  key bytea,
  value bytea,
  -- An array of [name, value in base64], since values may be any bytes.
  headers json not null,
  code text not null,
  reason text not null,
  parked_at timestamptz not null default clock_timestamp(),
  unique (consumer, topic, partition, record_offset, recorded_at)
);
