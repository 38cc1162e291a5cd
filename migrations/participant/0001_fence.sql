-- The fence: one row per saga, step and visit, shared by the do and its undo, written in the
-- transaction of the business change. It makes a repeat harmless and answers it.
create table fence (
  saga_id uuid not null,
  step text not null,
  visit integer not null,
  -- done: the do took effect; refused: it will not; undone: done, then taken back;
  -- blocked: the undo came first, so the do will be refused.
  state text not null check (state in ('done', 'refused', 'undone', 'blocked')),
  -- SHA-256 of the command's name and payload; null until that direction was seen.
  body_hash bytea,
  undo_body_hash bytea,
  -- What was answered and which domain events were published, to send the same again. json, not
  -- jsonb: it is never searched, is cheaper to write, and keeps the text as it was.
  reply json,
  events json,
  undo_reply json,
  undo_events json,
  created_at timestamptz not null default clock_timestamp(),
  undone_at timestamptz,
  -- Saga ids are UUIDv7, so new rows land at the end of this index and old ones lie at its start,
  -- where they are deleted: no index on the time is needed.
  primary key (saga_id, step, visit)
)
-- Rows are inserted once; only compensated ones are updated, once, with nothing indexed changing.
with (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
