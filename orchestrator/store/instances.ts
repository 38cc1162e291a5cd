// The orchestrator processes that are alive, and what each of them can run.
import type { Db, Statement } from '../../messaging/db.ts'

/**
 * One round trip a beat: says that this one lives, forgets the long dead, reads the others. It writes
 * down what all of them serve, since those of an older release do not; in one order, so that two
 * beats never wait for each other in a circle.
 */
const beat: Statement = {
  name: 'instances.beat',
  text: `
    with alive as (
      insert into instances (id, definitions) values ($1::uuid, $2::text[])
      on conflict (id) do update set seen_at = clock_timestamp()
    ), forgotten as (
      delete from instances where id in (
        select id from instances where seen_at < clock_timestamp() - $4 * interval '1 ms'
          and id <> $1::uuid
        for update skip locked
      )
    ), served as (
      insert into served_definitions (definition)
      select definition from (
        select unnest($2::text[]) union select unnest(definitions) from instances
      ) as every(definition) order by definition
      on conflict (definition) do update set is_leaving = false
      where served_definitions.is_leaving
    )
    select distinct definitions from instances
    where id <> $1::uuid and seen_at > clock_timestamp() - $3 * interval '1 ms'`,
}

const remove: Statement = {
  name: 'instances.delete',
  text: 'delete from instances where id = $1::uuid',
}

export type Beat = {
  readonly id: string
  /** `name@version#hash` each. */
  readonly definitions: readonly string[]
  /** Others that were not seen for so long do not count. */
  readonly countedMs: number
  /** Rows of others that were not seen for so long are deleted. */
  readonly keptMs: number
}

/** The lists of definitions of the other live instances, each different one once. */
export async function beatInstance(
  db: Db,
  { id, definitions, countedMs, keptMs }: Beat,
): Promise<readonly (readonly string[])[]> {
  const values = [id, definitions, countedMs, keptMs]
  const { rows } = await db.query<{ readonly definitions: readonly string[] }>(beat, values)
  return rows.map((row) => row.definitions)
}

export async function removeInstance(db: Db, id: string): Promise<void> {
  await db.query(remove, [id])
}
