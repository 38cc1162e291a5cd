// The statements that read sagas and their history without locks.
import { type Answer, answer, type Execution, find, scan, seen } from '../sim-statement.ts'
import type { HistoryValue, SagaValue } from '../sim-tables.ts'
import { by, compare, date, json } from '../sim-values.ts'

type Ids = readonly string[]

function readAll(on: Execution, ids: Ids): readonly SagaValue[] {
  const { sagas } = on.tx.database.tables
  return [...new Set(ids)].flatMap((id) => find(on, sagas, id) ?? [])
}

function toRow(saga: SagaValue) {
  const { id, name, version, definition_hash, status, revision, business_key } = saga
  return {
    ...{ id, name, version, definition_hash, status, revision },
    snapshot: json(saga.snapshot),
    business_key,
    started_at_ms: saga.started_at,
    wake_at_ms: saga.wake_at,
  }
}

function findSagas(on: Execution, [ids]: readonly [Ids]): Answer {
  return answer(
    readAll(on, ids).map((saga) => ({
      ...toRow(saga),
      correlation_id: saga.correlation_id,
      attributes: json(saga.attributes),
      updated_at_ms: saga.updated_at,
      ended_at_ms: saga.ended_at,
    })),
  )
}

function restingSagas(on: Execution, [ids]: readonly [Ids]): Answer {
  const resting = readAll(on, ids).filter(
    ({ ended_at, status }) => ended_at !== null || status === 'stuck',
  )
  return answer(resting.map(({ id }) => ({ id })))
}

function entriesOf(on: Execution, id: string): readonly HistoryValue[] {
  const entries: HistoryValue[] = []
  for (const row of on.tx.database.tables.history.group(id)) {
    const entry = seen(on, row)
    if (entry !== null) entries.push(entry)
  }
  return entries.sort(by(({ seq }) => seq))
}

function listHistory(on: Execution, [id, limit, after]: readonly [string, number, number]): Answer {
  const saga = find(on, on.tx.database.tables.sagas, id)
  if (saga === null) return answer([])
  const { name, version } = saga
  const entries = entriesOf(on, id).filter(({ seq }) => seq > after)
  return answer(
    entries.slice(0, limit).map(({ seq, at, type, status, state, facts }) => ({
      ...{ seq, at: date(at), type, status, name, version },
      state: json(state),
      facts: json(facts),
    })),
  )
}

function batchHistory(on: Execution, [ids, batchId]: readonly [Ids, string]): Answer {
  const entries = [...new Set(ids)].sort(compare).flatMap((id) => entriesOf(on, id))
  const told = entries.filter(({ batch_id, type }) => batch_id === batchId || type === 'migrated')
  return answer(
    told.map(({ saga_id, seq, type, at, status, event, state, facts, batch_id }) => ({
      ...{ saga_id, seq, type, status },
      at_ms: Math.round(at),
      event: json(event),
      state: json(state),
      facts: json(facts),
      is_ours: batch_id === batchId,
    })),
  )
}

function keyedSagas(on: Execution, [key, name, limit]: readonly [string, string, number]): Answer {
  const keyed = scan(
    on,
    on.tx.database.tables.sagas,
    (saga) => saga.business_key === key && saga.name === name,
  )
  const found = keyed.map(({ id, ended_at }) => ({ id, is_living: ended_at === null }))
  found.sort(
    (one, other) => Number(other.is_living) - Number(one.is_living) || compare(other.id, one.id),
  )
  return answer(found.slice(0, limit))
}

function livingDefinitions(on: Execution): Answer {
  const living = scan(on, on.tx.database.tables.sagas, ({ ended_at }) => ended_at === null)
  const groups = Map.groupBy(living, ({ name, version, definition_hash }) =>
    JSON.stringify([name, version, definition_hash]),
  )
  return answer(
    [...groups].map(([key, sagas]) => {
      const [name, version, definition_hash] = JSON.parse(key)
      return { name, version, definition_hash, sagas: sagas.length }
    }),
  )
}

type PageValues = readonly [
  name: string,
  version: number,
  after: string,
  limit: number,
  scannedMax: number,
]

function livingPage(on: Execution, values: PageValues): Answer {
  const [name, version, after, limit, scannedMax] = values
  const rest = scan(on, on.tx.database.tables.sagas, ({ id }) => id > after)
  const scanned = rest.sort(by(({ id }) => id)).slice(0, scannedMax)
  const fits = scanned.filter(
    (saga) => saga.name === name && saga.version === version && saga.ended_at === null,
  )
  const found = fits.slice(0, limit).map(({ id }) => id)
  return answer([{ found, last: scanned.at(-1)?.id ?? null, scanned: scanned.length }])
}

function livingSagas(on: Execution, [ids]: readonly [Ids]): Answer {
  const living = readAll(on, ids).filter(({ ended_at }) => ended_at === null)
  return answer(living.toSorted(by(({ id }) => id)).map(toRow))
}

export const sagaReads = {
  'sagas.find': findSagas,
  'sagas.resting': restingSagas,
  'sagas.keyed': keyedSagas,
  'sagas.living-definitions': livingDefinitions,
  'sagas.living-page': livingPage,
  'sagas.living-read': livingSagas,
  'history.list': listHistory,
  'history.of-batch': batchHistory,
}
