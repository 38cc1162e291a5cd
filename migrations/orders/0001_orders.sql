-- One order a saga. PENDING is the semantic lock: while a saga runs, nothing else may change the
-- order, and nobody may count on it.
create table orders (
  saga_id uuid primary key,
  customer_id text not null,
  amount integer not null check (amount > 0),
  items json not null,
  status text not null default 'PENDING' check (status in ('PENDING', 'COMPLETED', 'CANCELLED')),
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp()
)
-- Each order is updated once, soon after it was written: room for that in the same page.
with (fillfactor = 70);
