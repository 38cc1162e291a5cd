// The definitions that living sagas may have: every beat adds those that instances have (see
// instances.ts), and a start deletes those that nobody needs any more.
import type { Db, Statement } from '../../messaging/db.ts'

/** What an instance of an older release has may not be written down yet. */
const find: Statement = {
  name: 'served-definitions.find',
  text: `
    select definition from served_definitions
    union select unnest(definitions) from instances`,
}

const leave: Statement = {
  name: 'served-definitions.leave',
  text: `
    update served_definitions served set is_leaving = true
    where definition = any($1::text[])
      and not exists (select from instances where served.definition = any(definitions))
    returning definition`,
}

const retire: Statement = {
  name: 'served-definitions.retire',
  text: 'delete from served_definitions where definition = any($1::text[]) and is_leaving',
}

type Found = { readonly definition: string }

/** As `definitionKey` has them. */
export async function findServedDefinitions(db: Db): Promise<readonly string[]> {
  const { rows } = await db.query<Found>(find)
  return rows.map(({ definition }) => definition)
}

/**
 * Answers those of them that no instance has. An instance that comes with one takes the mark off again,
 * also when it is gone by the time of `retireDefinitions`.
 */
export async function markLeaving(
  db: Db,
  definitions: readonly string[],
): Promise<readonly string[]> {
  const { rows } = await db.query<Found>(leave, [definitions])
  return rows.map(({ definition }) => definition)
}

/** Those that are still marked. No saga that was living after they were marked may have them. */
export async function retireDefinitions(db: Db, definitions: readonly string[]): Promise<void> {
  await db.query(retire, [definitions])
}
