-- Semantic locks: who holds a key and who waits for it. A saga has one position for all of its
-- keys; the lowest position of a key holds it.

create table locks (
  key text not null,
  position bigint not null,
  saga_id uuid not null,
  since timestamptz not null default clock_timestamp(),
  primary key (key, position)
);

create index locks_saga_id on locks (saga_id);

-- Drawn only under the advisory locks of the keys, so that positions are in the order of commits.
create sequence lock_positions;
