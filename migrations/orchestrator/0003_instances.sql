-- Versions side by side: what each live process can run, and starts that wait until some version
-- of their saga is on all of them.

-- One row a live orchestrator process; `definitions` are texts `name@version#hash`. Only
-- `seen_at` ever changes, and no index covers it, so that a beat stays in its page (HOT).
create table instances (
  id uuid primary key,
  definitions text[] not null,
  seen_at timestamptz not null default clock_timestamp()
) with (fillfactor = 70);

-- Starts over Kafka whose saga no instance may start yet. `record` is the record as it came, so
-- that one which turns out to be unusable can still be parked with every byte.
create table held_starts (
  id bigint generated always as identity primary key,
  name text not null,
  record json not null,
  held_at timestamptz not null default clock_timestamp()
);
