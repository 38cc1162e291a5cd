// The tables of the floor: named and indexed as the product's, so that the same rows and index
// entries are written, with the bytes that nobody reads in one column.

const orders = `
  create table fence (
    saga_id uuid not null, step text not null, visit integer not null, body text not null,
    primary key (saga_id, step, visit)
  ) with (fillfactor = 90);
  create table orders (saga_id uuid primary key, status text not null, body text not null)
    with (fillfactor = 70);`

export const floorTables = {
  sagas: `
    create table sagas (
      id uuid primary key, status text not null, business_key text not null, body text not null
    ) with (fillfactor = 70);
    create index sagas_business_key on sagas (business_key, id);
    create table history (
      saga_id uuid not null, seq integer not null, body text not null, primary key (saga_id, seq)
    );
    create table timers (saga_id uuid primary key, due_at timestamptz not null)
      with (fillfactor = 70);
    create index timers_due_at on timers (due_at);
    create table publish_batches (id uuid primary key, saga_ids uuid[] not null);`,
  orders,
  payments: orders.replace('create table orders', 'create table payments'),
}
