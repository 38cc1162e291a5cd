// The list of sagas that REST shows: newest first, by pages, by whatever they are searched for.
import type { Db, Row, Statement } from '../../messaging/db.ts'
import type { Json, SagaId } from '../../messaging/message.ts'
import type { SagaStatus } from '../engine/saga.ts'
import type { Attributes } from './saga-rows.ts'
import type { SagaFilter, SagaSummary } from './saga-view.ts'

const columns = `id, name, version, status, business_key, correlation_id, parent_id, attributes,
  snapshot, started_at, updated_at, ended_at`

/** By what is asked for; `$` stands for the parameter. */
const conditions = {
  name: 'name = $',
  names: 'name = any($::text[])',
  status: 'status = $',
  businessKey: 'business_key = $',
  correlationId: 'correlation_id = $',
  parentId: 'parent_id = $::uuid',
  attributes: 'attributes @> $::jsonb',
  before: 'id < $::uuid',
} as const

type Condition = keyof typeof conditions

const allConditions = Object.keys(conditions) as readonly Condition[]

/** One statement a set of conditions, so that each can use the index that it has. */
function statementFor(asked: readonly Condition[]): Statement {
  const terms = asked.map((name, index) => conditions[name].replace('$', `$${index + 1}`))
  const where = terms.length === 0 ? '' : `where ${terms.join(' and ')}`
  const bits = allConditions.map((name) => (asked.includes(name) ? 1 : 0)).join('')
  return {
    name: `sagas.list.${bits}`,
    text: `select ${columns} from sagas ${where} order by id desc limit $${terms.length + 1}`,
  }
}

type SummaryRow = {
  readonly snapshot: { readonly value: Json }
  readonly id: string
  readonly name: string
  readonly version: number
  readonly status: string
  readonly business_key: string | null
  readonly correlation_id: string | null
  readonly parent_id: string | null
  readonly attributes: Attributes | null
  readonly started_at: Date
  readonly updated_at: Date
  readonly ended_at: Date | null
}

export async function listSagas(db: Db, filter: SagaFilter): Promise<readonly SagaSummary[]> {
  const asked = allConditions.filter((name) => filter[name] !== null)
  const values = asked.map((name) => filter[name])
  const { rows } = await db.query<SummaryRow & Row>(statementFor(asked), [...values, filter.limit])
  return rows.map(toSummary)
}

function toSummary(row: SummaryRow): SagaSummary {
  return {
    id: row.id as SagaId,
    name: row.name,
    version: row.version,
    status: row.status as SagaStatus,
    businessKey: row.business_key,
    correlationId: row.correlation_id,
    parentId: row.parent_id as SagaId | null,
    attributes: row.attributes ?? {},
    // Taken out here: Postgres refuses to look into JSON that it stored with half a surrogate pair.
    state: row.snapshot.value,
    startedAt: row.started_at,
    updatedAt: row.updated_at,
    endedAt: row.ended_at,
  }
}
