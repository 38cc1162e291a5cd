// Every fault of the chaos runs is in docs/reliability.md, as the code has it.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { markdownTable } from '../tidy/markdown-table.ts'
import { root } from '../tidy/source-tree.ts'
import { faultTable } from './fault-table.ts'
import { allFaults } from './faults/all-faults.ts'

it('tells of every fault that there is', () => {
  const kinds = allFaults.map(({ kind }) => kind)
  expect(Object.keys(faultTable).sort()).toEqual([...kinds].sort())
})

it('is in docs/reliability.md', () => {
  const rows = Object.entries(faultTable).map(([kind, { how, holds }]) => [
    `\`${kind}\``,
    how,
    holds,
  ])
  const table = markdownTable(['Fault', 'How it is made', 'What must hold'], rows)
  const page = readFileSync(path.join(root, 'docs/reliability.md'), 'utf8')
  // The whole table is shown when it is not there, to be copied.
  expect(page.includes(table) ? '' : table).toBe('')
})
