-- The log lines of sagas, as services wrote them to the topic of logs. Nothing here is written in a
-- transaction that moves a saga.

create table saga_logs (
  saga_id uuid not null,
  -- By the clock of the service, to the millisecond.
  at timestamptz not null,
  -- Of the whole line: one that comes again is the same row.
  digest bigint not null,
  level text not null,
  service text not null,
  step text,
  trace_id text,
  -- Masked, as `error`, where the saga has sensitive fields.
  message text not null,
  error json,
  -- Lines of one batch are a microsecond apart, in their order.
  kept_at timestamptz not null,
  primary key (saga_id, at, digest)
);

-- Rows come in its order, so it stays small, and the oldest are found at once.
create index saga_logs_kept_at on saga_logs (kept_at);
