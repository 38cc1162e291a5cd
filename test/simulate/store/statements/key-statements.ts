// The statements of the table `idempotency_keys`, as the simulated store carries them out.
import {
  type Answer,
  answer,
  type Execution,
  find,
  insertNew,
  type Waiting,
} from '../sim-statement.ts'
import { keyOf } from '../sim-tables.ts'
import { compare } from '../sim-values.ts'

type Texts = readonly string[]

function findKeys(on: Execution, [names, keys]: readonly [Texts, Texts]): Answer {
  const { idempotency_keys: table } = on.tx.database.tables
  return answer(
    names.flatMap((name, at) => {
      const found = find(on, table, keyOf(name, keys[at] ?? ''))
      if (found === null) return []
      const { saga_id, body_hash } = found
      return [{ position: String(at + 1), saga_id, body_hash }]
    }),
  )
}

function* winKeys(on: Execution, columns: readonly [Texts, Texts, Texts, Texts]): Waiting<Answer> {
  const [names, keys, hashes, ids] = columns
  const asked = names.map((name, at) => ({
    name,
    key: keys[at] as string,
    body_hash: hashes[at] as string,
    saga_id: ids[at] as string,
  }))
  asked.sort((one, other) => compare(one.name, other.name) || compare(one.key, other.key))
  const won: { readonly saga_id: string }[] = []
  for (const one of asked) {
    const value = { ...one, created_at: on.now() }
    const isWon = yield* insertNew(on, on.tx.database.tables.idempotency_keys, value)
    if (isWon) won.push({ saga_id: one.saga_id })
  }
  return answer(won)
}

export const keyStatements = {
  'idempotency_keys.find': findKeys,
  'idempotency_keys.insert': winKeys,
}
