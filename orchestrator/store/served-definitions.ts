// The definitions that living sagas may have: each instance adds its own with every beat (see
// instances.ts), and a start removes those that nobody needs any more.
import type { Db, Statement } from '../../messaging/db.ts'

const find: Statement = {
  name: 'served-definitions.find',
  text: `
    select definition,
      exists (select from instances where served.definition = any(definitions)) as is_served
    from served_definitions served`,
}

const retire: Statement = {
  name: 'served-definitions.retire',
  text: `
    delete from served_definitions served where definition = any($1::text[])
      and not exists (select from instances where served.definition = any(definitions))`,
}

export type ServedDefinition = {
  /** As `definitionKey` has it. */
  readonly definition: string
  /** Some instance has it now. */
  readonly isServed: boolean
}

export async function findServedDefinitions(db: Db): Promise<readonly ServedDefinition[]> {
  type Found = { readonly definition: string; readonly is_served: boolean }
  const { rows } = await db.query<Found>(find)
  return rows.map(({ definition, is_served: isServed }) => ({ definition, isServed }))
}

/** Those that no instance has, unless one came with them meanwhile. Of them no saga may be living. */
export async function retireDefinitions(db: Db, definitions: readonly string[]): Promise<void> {
  await db.transaction(async (tx) => {
    // Whoever comes with one of them is seen, or adds it again afterwards.
    void tx.query('lock table served_definitions in share row exclusive mode')
    await tx.query(retire, [definitions])
  })
}
