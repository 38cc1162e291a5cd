-- What a program may do in its database, and no more: no tables of its own, no other database.
-- Run by the owner of the tables, in the database of each program, after its migrate step, which
-- runs as the owner. `sagaline_app` stands for the role that the program logs in with, one each:
--   create role sagaline_app login password '…';

revoke all on schema public from public;
grant usage on schema public to sagaline_app;
grant select, insert, update, delete on all tables in schema public to sagaline_app;
grant usage on all sequences in schema public to sagaline_app;

do $$
declare
  own text;
begin
  -- Who did what with dead letters is only added to.
  revoke update, delete on dead_letter_changes from sagaline_app;
  -- What was migrated is only read.
  for own in
    select format('%I', relname) from pg_class
    where relnamespace = 'public'::regnamespace and relkind = 'r'
      and relname like 'sagaline\_migrations\_%'
  loop
    execute format('revoke insert, update, delete on %s from sagaline_app', own);
  end loop;
  -- The orchestrator's: keys are made by the owner, the audit is only added to.
  if to_regclass('public.api_keys') is not null then
    revoke insert, update, delete on api_keys from sagaline_app;
    revoke select, update, delete on access_audit from sagaline_app;
    -- It has the owner's function make the history's part of a day, and only reads which there are.
    revoke insert, update, delete on history_parts from sagaline_app;
    grant execute on function make_history_day(date) to sagaline_app;
  end if;
  -- Nobody else comes into this database.
  execute format('revoke all on database %I from public', current_database());
  execute format('grant connect on database %I to sagaline_app', current_database());
end
$$;
