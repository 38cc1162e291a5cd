// Sagas by their name and business key: living ones first, then the newest.
import type { Db, Statement } from '../../messaging/db.ts'
import type { SagaId } from '../../messaging/message.ts'

const find: Statement = {
  name: 'sagas.keyed',
  text: `
    select id, ended_at is null as is_living from sagas
    where business_key = $1 and name = $2 order by ended_at is null desc, id desc limit $3`,
}

export type FoundSaga = { readonly id: SagaId; readonly isLiving: boolean }

export async function findByBusinessKey(
  db: Db,
  asked: { readonly name: string; readonly businessKey: string; readonly limit: number },
): Promise<readonly FoundSaga[]> {
  const { name, businessKey, limit } = asked
  const { rows } = await db.query<{ readonly id: SagaId; readonly is_living: boolean }>(find, [
    businessKey,
    name,
    limit,
  ])
  return rows.map(({ id, is_living: isLiving }) => ({ id, isLiving }))
}
