// The statements of `held_events` and `held_starts`.
import {
  type Answer,
  answer,
  changed,
  type Execution,
  find,
  lockAndRemove,
  put,
  scan,
  type Waiting,
} from '../sim-statement.ts'
import type { SimTable } from '../sim-table.ts'
import { by, cut, json } from '../sim-values.ts'

type Texts = readonly string[]

type EventColumns = readonly [
  sagaIds: Texts,
  events: string,
  causes: readonly (string | null)[],
  records: string,
]

function holdEvents(on: Execution, [sagaIds, events, causes, records]: EventColumns): Answer {
  const { held_events: table } = on.tx.database.tables
  const [eventTexts, recordTexts] = [cut(events), cut(records)]
  sagaIds.forEach((saga_id, at) => {
    const [event = '', record = ''] = [eventTexts[at], recordTexts[at]]
    const id = table.nextId()
    put(on, table, { id, saga_id, event, cause: causes[at] ?? null, held_at: on.now(), record })
  })
  return changed(sagaIds.length)
}

function findEvents(
  on: Execution,
  [definitions, limit, after]: readonly [Texts, number, string],
): Answer {
  const { held_events: table, sagas } = on.tx.database.tables
  const known = new Set(definitions)
  const held = scan(on, table, ({ id, saga_id }) => {
    if (id <= Number(after)) return false
    const saga = find(on, sagas, saga_id)
    return saga !== null && known.has(`${saga.name}@${saga.version}#${saga.definition_hash}`)
  })
  const page = held.sort(by(({ id }) => id)).slice(0, limit)
  return answer(
    page.map(({ id, saga_id, event, cause, record }) => {
      const parsed = { event: json(event), record: json(record) }
      return { id: String(id), saga_id, cause, ...parsed }
    }),
  )
}

function holdStarts(on: Execution, [names, records]: readonly [Texts, string]): Answer {
  const { held_starts: table } = on.tx.database.tables
  const texts = cut(records)
  names.forEach((name, at) => {
    put(on, table, { id: table.nextId(), name, record: texts[at] as string, held_at: on.now() })
  })
  return changed(names.length)
}

type StartPage = readonly [names: Texts, heldMsMax: number, limit: number, after: string]

function findStarts(on: Execution, [names, heldMsMax, limit, after]: StartPage): Answer {
  const overdue = on.now() - heldMsMax
  const held = scan(
    on,
    on.tx.database.tables.held_starts,
    ({ id, name, held_at }) => id > Number(after) && (names.includes(name) || held_at < overdue),
  )
  const page = held.sort(by(({ id }) => id)).slice(0, limit)
  return answer(
    page.map(({ id, record, held_at }) => ({
      id: String(id),
      record: json(record),
      is_overdue: held_at < overdue,
    })),
  )
}

function* release(
  on: Execution,
  table: SimTable<{ readonly id: number }>,
  ids: Texts,
): Waiting<Answer> {
  let count = 0
  for (const id of ids) if (yield* lockAndRemove(on, table, id)) count += 1
  return changed(count)
}

export const heldStatements = {
  'held_events.insert': holdEvents,
  'held_events.find': findEvents,
  'held_events.delete': (on: Execution, [ids]: readonly [Texts]) =>
    release(on, on.tx.database.tables.held_events as never, ids),
  'held_starts.insert': holdStarts,
  'held_starts.find': findStarts,
  'held_starts.delete': (on: Execution, [ids]: readonly [Texts]) =>
    release(on, on.tx.database.tables.held_starts as never, ids),
}
