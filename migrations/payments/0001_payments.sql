-- One payment a saga. A payment is TAKEN or DECLINED at once; only a taken one can be REFUNDED.
create table payments (
  saga_id uuid primary key,
  customer_id text not null,
  amount integer not null check (amount > 0),
  status text not null check (status in ('TAKEN', 'DECLINED', 'REFUNDED')),
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp()
)
-- Most payments are never updated.
with (fillfactor = 90);
