// The dead letters of a database as tests look at them: oldest first, with every byte.
import type { Db } from '../../messaging/db.ts'
import { type DeadLetter, toDeadLetter } from '../../messaging/dead-letters.ts'

export async function listDeadLetters(
  db: Db,
  { limit }: { readonly limit: number },
): Promise<readonly DeadLetter[]> {
  const { rows } = await db.query('select * from dead_letters order by id limit $1', [limit])
  return rows.map(toDeadLetter)
}
