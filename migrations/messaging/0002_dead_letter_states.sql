-- What becomes of dead letters: each is parked, on its way back, replayed or discarded, and who
-- did what with it and why is written down beside it.

alter table dead_letters
  add column state text not null default 'parked'
    check (state in ('parked', 'replaying', 'replayed', 'discarded')),
  -- Its data may be sensitive, so readers see its form only. Of letters that an older release
  -- parks nobody knows.
  add column is_sensitive boolean not null default true,
  -- What is sent instead of value and headers; those stay as they came.
  add column edited_value bytea,
  add column edited_headers json,
  -- While it is replaying, the row is its own outbox: whoever moves this time may send it.
  add column replay_due_at timestamptz;

create index dead_letters_replaying on dead_letters (replay_due_at) where state = 'replaying';

create table dead_letter_changes (
  id bigint generated always as identity primary key,
  letter_id bigint not null,
  at timestamptz not null default clock_timestamp(),
  -- edited, replayed and discarded by a person; sent and refused when the broker answered.
  action text not null check (action in ('edited', 'replayed', 'discarded', 'sent', 'refused')),
  actor text not null,
  reason text not null,
  -- Of an edit: what it left.
  value bytea,
  headers json
);

create index dead_letter_changes_letter_id on dead_letter_changes (letter_id);

-- Append-only for everybody: only the owner of the table can disable the trigger.
create function refuse_letter_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'insufficient_privilege';
end
$$;

create trigger dead_letter_changes_append_only
  before update or delete or truncate on dead_letter_changes
  for each statement execute function refuse_letter_change();
