// The statements of `outbox`, and the notification that goes out with a commit.
import {
  type Answer,
  answer,
  changed,
  type Execution,
  lockAndRemove,
  put,
  scan,
  type Waiting,
} from '../sim-statement.ts'
import type { LetterValue } from '../sim-tables.ts'
import { by, date, json } from '../sim-values.ts'

type Texts = readonly string[]

function add(on: Execution, columns: readonly [Texts, Texts, Texts, Texts]): Answer {
  const [topics, keys, headers, values] = columns
  const { outbox } = on.tx.database.tables
  topics.forEach((topic, at) => {
    const row = {
      key: keys[at] as string,
      headers: headers[at] as string,
      value: values[at] as string,
    }
    put(on, outbox, { id: outbox.nextId(), topic, ...row, created_at: on.now() })
  })
  return changed(topics.length)
}

function probe(on: Execution): Answer {
  const { outbox, dead_letters: letters } = on.tx.database.tables
  const rows = scan(on, outbox, () => true).length > 0
  const isDue = ({ state, replay_due_at: dueAt }: LetterValue) =>
    state === 'replaying' && dueAt !== null && dueAt <= on.now()
  return answer([{ rows, replays: scan(on, letters, isDue).length > 0 }])
}

function read(on: Execution, [limit, leftOut]: readonly [number, Texts]): Answer {
  const left = new Set(leftOut.map(Number))
  const rows = scan(on, on.tx.database.tables.outbox, ({ id }) => !left.has(id))
  const page = rows.sort(by(({ id }) => id)).slice(0, limit)
  return answer(
    page.map(({ id, topic, key, headers, value, created_at }) => ({
      ...{ id: String(id), topic, key, value },
      headers: json(headers),
      created_at: date(created_at),
    })),
  )
}

function* removeAll(on: Execution, [ids]: readonly [Texts]): Waiting<Answer> {
  let count = 0
  for (const id of ids) {
    if (yield* lockAndRemove(on, on.tx.database.tables.outbox, id)) count += 1
  }
  return changed(count)
}

function tryLock(on: Execution, [key]: readonly [number]): Answer {
  return answer([{ locked: on.tx.takeAdvisory(`key ${key}`) === null }])
}

function notify(on: Execution, [channel, payload]: readonly [string, string]): Answer {
  on.tx.notify({ channel, payload })
  return answer([{ pg_notify: '' }])
}

export const outboxStatements = {
  'insert-outbox': add,
  'probe-outbox': probe,
  'select-outbox': read,
  'delete-outbox': removeAll,
  'lock-outbox': tryLock,
  notify,
  'select 1': () => answer([{ '?column?': 1 }]),
}
