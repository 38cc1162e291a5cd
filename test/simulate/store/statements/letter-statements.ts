// The statements of the table `dead_letters`, as the simulated store carries them out.
import {
  type Answer,
  answer,
  changed,
  type Execution,
  insertNew,
  lock,
  remove,
  scan,
  type Waiting,
} from '../sim-statement.ts'
import type { LetterValue } from '../sim-tables.ts'
import { by, date, json } from '../sim-values.ts'

type Texts = readonly string[]
type Bytes = readonly (Buffer | null)[]

type Columns = readonly [
  consumers: Texts,
  topics: Texts,
  partitions: readonly number[],
  offsets: Texts,
  times: Texts,
  keys: Bytes,
  values: Bytes,
  headers: Texts,
  codes: Texts,
  reasons: Texts,
]

/** An id is drawn for each, also for those that are there already. */
function* park(on: Execution, columns: Columns): Waiting<Answer> {
  const { dead_letters: table } = on.tx.database.tables
  const letters = columns[0].map((_, at) => letterAt(columns, at))
  let count = 0
  for (const letter of letters) {
    const value = { ...letter, id: table.nextId(), parked_at: on.now() }
    if (yield* insertNew(on, table, value)) count += 1
  }
  return changed(count)
}

function letterAt(columns: Columns, at: number): Omit<LetterValue, 'id' | 'parked_at'> {
  const [consumers, topics, partitions, offsets, times, keys, values, headers] = columns
  const [codes, reasons] = columns.slice(8) as [Texts, Texts]
  return {
    consumer: consumers[at] as string,
    topic: topics[at] as string,
    partition: partitions[at] as number,
    record_offset: offsets[at] as string,
    recorded_at: Date.parse(times[at] as string),
    key: keys[at] ?? null,
    value: values[at] ?? null,
    headers: headers[at] as string,
    code: codes[at] as string,
    reason: reasons[at] as string,
  }
}

function toRow({ headers, recorded_at, parked_at, id, ...letter }: LetterValue) {
  return {
    ...letter,
    id: String(id),
    headers: json(headers),
    recorded_at: date(recorded_at),
    parked_at: date(parked_at),
  }
}

function list(on: Execution, [after, limit]: readonly [string, number]): Answer {
  const rest = scan(on, on.tx.database.tables.dead_letters, ({ id }) => id > Number(after))
  return answer(
    rest
      .sort(by(({ id }) => id))
      .slice(0, limit)
      .map(toRow),
  )
}

function* removeOne(on: Execution, [id]: readonly [string]): Waiting<Answer> {
  const { dead_letters: table } = on.tx.database.tables
  const [found] = scan(on, table, (letter) => letter.id === Number(id))
  const letter = found === undefined ? null : yield* lock(on, table, table.keyOf(found))
  if (letter === null) return answer([])
  remove(on, table, table.keyOf(letter))
  return answer([toRow(letter)])
}

export const letterStatements = {
  'insert-dead-letters': park,
  'select-dead-letters': list,
  'delete-dead-letter': removeOne,
}
