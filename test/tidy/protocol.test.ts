// docs/protocol.md shows messages as the product writes them, and docs/participants.md every breach
// that the certification kit knows.
import { expect, it } from 'vitest'
import { breachTable } from '../../orchestrator/certify/breaches.ts'
import { markdownTable } from './markdown-table.ts'
import { protocolExamples } from './protocol-examples.ts'
import { readSource } from './source-tree.ts'

const examples = protocolExamples()
const example = /<!-- example (\S+) -->\n\n```text\n[\s\S]*?```/g

it('docs/protocol.md has the examples as they are encoded', async () => {
  const { text } = readSource('docs/protocol.md')
  const shown = [...text.matchAll(example)].map(([, name]) => name)
  expect(shown.toSorted()).toEqual(Object.keys(examples).toSorted())
  const page = text.replace(
    example,
    (_, name: string) => `<!-- example ${name} -->\n\n\`\`\`text\n${examples[name]}\n\`\`\``,
  )
  await expect(page).toMatchFileSnapshot('../../docs/protocol.md')
})

it('docs/participants.md has the table of breaches', () => {
  const rows = Object.entries(breachTable).map(([name, { means, leadsTo }]) => {
    return [`\`${name}\``, means, leadsTo]
  })
  const table = markdownTable(['Breach', 'What was seen', 'What it leads to'], rows)
  const { text } = readSource('docs/participants.md')
  // The whole table is shown when it is not there, to be copied.
  expect(text.includes(table) ? '' : table).toBe('')
})
