// The statement that parks dead letters, as the simulated store carries it out.
import { type Answer, changed, type Execution, insertNew, type Waiting } from '../sim-statement.ts'
import type { LetterValue } from '../sim-tables.ts'

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
  areSensitive: readonly boolean[],
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
  const [codes, reasons, areSensitive] = columns.slice(8) as [Texts, Texts, boolean[]]
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
    ...{ state: 'parked', is_sensitive: areSensitive[at] as boolean },
    ...{ edited_value: null, edited_headers: null, replay_due_at: null },
  }
}

export const letterStatements = {
  'insert-dead-letters': park,
}
