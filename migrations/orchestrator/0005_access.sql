-- Who may use REST, and who did what by it.

-- Keys of programs and persons. The secret is not here, only its hash; the prefix finds the row.
create table api_keys (
  prefix text primary key,
  secret_hash bytea not null,
  name text not null,
  roles text[] not null,
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz,
  revoked_at timestamptz
);

-- What was asked by whom, and what came of it: one row before it is done and one after, both with
-- the id of the request. A row 'asked' alone: the process ended in between.
create table access_audit (
  id bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  request_id text not null,
  principal text,
  said_by text,
  action text not null,
  saga_id uuid,
  saga_name text,
  reason text,
  outcome text not null
);

create index access_audit_at on access_audit (at);
create index access_audit_saga_id on access_audit (saga_id) where saga_id is not null;

-- Append-only for everybody: only the owner of the table can disable the trigger.
create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'insufficient_privilege';
end
$$;

create trigger access_audit_append_only
  before update or delete or truncate on access_audit
  for each statement execute function refuse_change();
