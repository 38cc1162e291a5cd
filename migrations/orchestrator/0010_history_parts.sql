-- History in parts, one for each day (UTC) on which its sagas were started, so that what is old goes
-- by dropping a table. The ids of sagas are UUIDv7: they begin with the time of the start, so the parts
-- are ranges of the id, and no statement has to know of them. See docs/decisions/0019.

-- What there was becomes the first part: every id up to tomorrow, or to the newest one if some clock
-- is ahead. It is read once here.
alter table history rename to history_before;
alter index history_pkey rename to history_before_pkey;

create table history (like history_before including all) partition by range (saga_id);

-- For ids beyond the newest day, so that no start ever fails for want of a part.
create table history_rest partition of history default;

-- Every part that there ever was. `low` is in it, `high` is not.
create table history_parts (
  name text primary key,
  low uuid not null,
  high uuid not null unique,
  made_at timestamptz not null default clock_timestamp(),
  -- From then on its sagas go, row by row, and then the part.
  dropping_at timestamptz,
  dropped_at timestamptz
);

-- No saga that is started then, or later, has a lower id.
create function lowest_saga_id(at timestamptz) returns uuid language sql immutable as $$
  select rpad(lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0'), 32, '0')::uuid
$$;

create function lowest_saga_id(day date) returns uuid language sql immutable as $$
  select lowest_saga_id(day::timestamp at time zone 'UTC')
$$;

do $$
declare
  tomorrow timestamptz := ((clock_timestamp() at time zone 'UTC')::date + 1)::timestamp
    at time zone 'UTC';
  lowest uuid := '00000000-0000-0000-0000-000000000000';
  -- Up to the newest one, in ms since the epoch.
  newest bigint := (
    select ('x' || left(replace(saga_id::text, '-', ''), 12))::bit(48)::bigint
    from history_before order by saga_id desc limit 1);
  high uuid := lowest_saga_id(
    greatest(tomorrow, date_trunc('day', to_timestamp(newest / 1000), 'UTC') + interval '1 day'));
begin
  execute format(
    'alter table history attach partition history_before for values from (minvalue) to (%L)', high);
  insert into history_parts (name, low, high) values ('history_before', lowest, high);
end
$$;

-- Makes the part of a day, and moves into it what came before there was one. Answers false where the
-- day has one. With the rights of the owner, since the program itself may make no tables: it can make
-- this one kind, and only of a day that is near.
create function make_history_day(day date) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  part text := 'history_' || to_char(day, 'YYYY_MM_DD');
  from_id uuid := lowest_saga_id(day);
  to_id uuid := lowest_saga_id(day + 1);
begin
  if abs(day - (clock_timestamp() at time zone 'UTC')::date) > 100 then
    raise exception 'the day % is too far away', day using errcode = 'invalid_parameter_value';
  end if;
  -- One at a time: others find it made.
  perform pg_advisory_xact_lock(hashtext('sagaline.history'));
  if exists (select from history_parts where low < to_id and high > from_id) then
    return false;
  end if;
  execute format('create table %I (like history including all)', part);
  if exists (select from history_rest where saga_id >= from_id and saga_id < to_id) then
    lock table history_rest in access exclusive mode;
    execute format(
      'with moved as (delete from history_rest where saga_id >= %L and saga_id < %L returning *)
       insert into %I select * from moved', from_id, to_id, part);
  end if;
  execute format(
    'alter table history attach partition %I for values from (%L) to (%L)', part, from_id, to_id);
  insert into history_parts (name, low, high) values (part, from_id, to_id);
  return true;
end
$$;

revoke execute on function make_history_day(date) from public;
