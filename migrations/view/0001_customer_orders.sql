-- The read model: a row for each order, with what was told of its payment. In the order of a status
-- is the order of its life, so that of two that were told the later one is the greater.
create type order_status as enum ('PENDING', 'COMPLETED', 'CANCELLED');
create type payment_status as enum ('DECLINED', 'TAKEN', 'REFUNDED');

create table customer_orders (
  -- Each reading of the topics writes rows of its own; readers see those of the one that serves.
  generation integer not null,
  order_id text not null,
  -- Null where it was not told yet: two topics are not ordered against each other.
  customer_id text,
  order_status order_status,
  order_amount integer,
  payment_status payment_status,
  payment_amount integer,
  declined_for text,
  -- Of the newest event about it.
  changed_at timestamptz not null,
  primary key (generation, order_id)
)
-- A few updates for each row, soon after it was written.
with (fillfactor = 70);

create index customer_orders_customer on customer_orders (generation, customer_id, order_id desc)
  where customer_id is not null;
