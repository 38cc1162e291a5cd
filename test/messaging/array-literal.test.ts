// Lists are written so that Postgres reads from them what it reads from those that pg writes.
import { createRequire } from 'node:module'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { arrayLiteral } from '../../messaging/array-literal.ts'
import { createTestDatabase } from './servers.ts'

const { prepareValue } = createRequire(import.meta.url)('pg/lib/utils') as {
  prepareValue(value: unknown): string
}

const awkward = [
  '',
  'null',
  'NULL',
  'a,b',
  '{}',
  ' ',
  '"',
  '\\',
  '\\"',
  '\n',
  'é',
  '😀',
  '-',
  'a b',
]
const texts = fc.array(
  fc.oneof(
    fc.constantFrom(...awkward),
    fc.uuid(),
    fc.json(),
    fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0')),
    fc.constant(null),
  ),
)

test('texts come back as they were', async () => {
  const database = await createTestDatabase()
  try {
    await fc.assert(
      fc.asyncProperty(texts, async (list) => {
        const { rows } = await database.db.query<{ list: unknown }>('select $1::text[] as list', [
          list,
        ])
        expect(rows[0]?.list).toEqual(list)
      }),
      { numRuns: 300 },
    )
  } finally {
    await database.drop()
  }
})

test('numbers, truth values and bytes are read as those that pg writes', async () => {
  const database = await createTestDatabase()
  const lists: readonly (readonly [string, readonly unknown[]])[] = [
    ['integer[]', [1, -2, 0, null]],
    ['float8[]', [1.5, -2e300, Number.NaN, Number.POSITIVE_INFINITY, null, undefined]],
    ['boolean[]', [true, false, null]],
    ['bytea[]', [Buffer.from([0, 1, 255]), Buffer.alloc(0), null]],
    ['text[]', []],
  ]
  try {
    for (const [type, list] of lists) {
      const text = `select $1::text::${type} as ours, $2::text::${type} as theirs`
      const { rows } = await database.db.query(text, [arrayLiteral(list), prepareValue(list)])
      expect(rows[0]?.['ours']).toEqual(rows[0]?.['theirs'])
    }
  } finally {
    await database.drop()
  }
})

test('what else a list may hold is left to pg', () => {
  for (const one of [new Date(0), [1], { a: 1 }, 1n, new Uint8Array(1)]) {
    expect(arrayLiteral([1, one])).toBeNull()
  }
})
