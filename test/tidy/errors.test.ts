// Every code stands for one error, and docs/errors.md lists them all.
import { expect, it } from 'vitest'
import { errorRows, errorsPage, problemsOf } from './error-tables.ts'
import { inRooms, productRooms, toCode } from './source-tree.ts'

const rows = errorRows(inRooms(...productRooms, 'local', 'bench'))

it('no code is used twice, and each has a message and a status', () => {
  expect(rows.length).toBeGreaterThan(40)
  expect(problemsOf(rows)).toEqual([])
})

it('docs/errors.md is what the tables say', async () => {
  await expect(errorsPage(rows)).toMatchFileSnapshot('../../docs/errors.md')
})

it('every room with a table is on the page', () => {
  const page = errorsPage(rows)
  expect(rows.filter(({ code }) => !page.includes(`\`${code}\``))).toEqual([])
})

it('a code that is used twice is found', () => {
  const table =
    "export const errors = { GONE: { message: 'Gone.', status: 410, retryable: false } }"
  const twice = [toCode('a/errors.ts', table), toCode('b/errors.ts', table)]
  expect(problemsOf(errorRows(twice))).toEqual(['GONE is in a/errors.ts and in b/errors.ts'])
})

it('an entry without a message or with a strange status is found', () => {
  const table = 'export const errors = { GONE: { status: 41, retryable: false } }'
  expect(problemsOf(errorRows([toCode('a/errors.ts', table)]))).toHaveLength(2)
})
