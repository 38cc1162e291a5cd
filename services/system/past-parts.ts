// Parts of the history as if the orchestrator had run for days already.
import type { Db } from '../../orchestrator/index.ts'

/**
 * The first part ends so many days ago, and each day since has one. `days` 0: it ends right now, or
 * where the next one begins already, as it does when midnight has passed since the migration.
 */
export async function makePastParts(db: Pick<Db, 'query'>, days: number): Promise<void> {
  const bound =
    days === 0
      ? 'lowest_saga_id(clock_timestamp())'
      : `lowest_saga_id((now() at time zone 'UTC')::date - ${days})`
  await db.query(`
    do $$
    declare
      next uuid := coalesce(
        (select low from history_parts where name <> 'history_before' order by low limit 1),
        lowest_saga_id((now() at time zone 'UTC')::date + 1));
      bound uuid := least(${bound}, next);
    begin
      alter table history detach partition history_before;
      execute format('alter table history attach partition history_before
        for values from (minvalue) to (%L)', bound);
      update history_parts set high = bound where name = 'history_before';
      if ${days} = 0 then
        if bound < next then
          execute format('create table history_today partition of history
            for values from (%L) to (%L)', bound, next);
          insert into history_parts (name, low, high) values ('history_today', bound, next);
        end if;
        return;
      end if;
      for ago in reverse ${days}..0 loop
        perform make_history_day((now() at time zone 'UTC')::date - ago);
      end loop;
    end $$`)
}
