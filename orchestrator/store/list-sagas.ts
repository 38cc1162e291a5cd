// Sagas by a key of theirs, newest first, by pages: from the sagas themselves, so that one which was
// just started is there. Everything else is searched in the read model.
import type { Db, Row, Statement } from '../../messaging/db.ts'
import type { SagaId } from '../../messaging/message.ts'
import type { RowCipher } from './row-cipher.ts'
import type { SagaView } from './saga-view.ts'
import { viewSagas } from './sagas.ts'
import type { FoundSaga, SearchFilter } from './search-sagas.ts'
import { errorText, stepsUnderWay } from './search-words.ts'

/** By what is asked for; `$` stands for the parameter. */
const conditions = {
  name: 'name = $',
  names: 'name = any($::text[])',
  version: 'version = $::int',
  statuses: 'status = any($::text[])',
  startedAfter: 'started_at >= $::timestamptz',
  startedBefore: 'started_at < $::timestamptz',
  businessKey: 'business_key = $',
  correlationId: 'correlation_id = $',
  parentId: 'parent_id = $::uuid',
  attributes: 'attributes @> $::jsonb',
  before: 'id < $::uuid',
} as const

type Condition = keyof typeof conditions

export type KeyedFilter = Pick<SearchFilter, Exclude<Condition, 'before'>> & {
  /** Sagas started before this one. */
  readonly before: SagaId | null
  readonly limit: number
}

const allConditions = Object.keys(conditions) as readonly Condition[]

/** One statement a set of conditions, so that each can use the index that it has. */
function statementFor(asked: readonly Condition[]): Statement {
  const terms = asked.map((name, index) => conditions[name].replace('$', `$${index + 1}`))
  const where = terms.length === 0 ? '' : `where ${terms.join(' and ')}`
  const bits = allConditions.map((name) => (asked.includes(name) ? 1 : 0)).join('')
  return {
    name: `sagas.list.${bits}`,
    text: `select id from sagas ${where} order by id desc limit $${terms.length + 1}`,
  }
}

export async function listSagas(
  db: Db,
  cipher: RowCipher,
  filter: KeyedFilter,
): Promise<readonly FoundSaga[]> {
  const asked = allConditions.filter((name) => filter[name] !== null)
  const values = asked.map((name) => filter[name])
  const found = await db.query<Row & { readonly id: SagaId }>(statementFor(asked), [
    ...values,
    filter.limit,
  ])
  const views = await viewSagas(
    db,
    cipher,
    found.rows.map(({ id }) => id),
  )
  return views.toSorted((a, b) => (a.id < b.id ? 1 : -1)).map(toFound)
}

function toFound(view: SagaView): FoundSaga {
  return { ...view, stepsUnderWay: stepsUnderWay(view), error: errorText(view) }
}
