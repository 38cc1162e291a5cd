// Every breach that the auditor can find is in docs/reliability.md, as the code has it.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { breachTable } from '../../orchestrator/audit/breaches.ts'
import { markdownTable } from './markdown-table.ts'
import { root } from './source-tree.ts'

it('docs/reliability.md has the table of breaches', () => {
  const rows = Object.entries(breachTable).map(([name, { means, toDo }]) => {
    return [`\`${name}\``, means, toDo]
  })
  const table = markdownTable(['Breach', 'What it means', 'What to do'], rows)
  const page = readFileSync(path.join(root, 'docs/reliability.md'), 'utf8')
  // The whole table is shown when it is not there, to be copied.
  expect(page.includes(table) ? '' : table).toBe('')
})
