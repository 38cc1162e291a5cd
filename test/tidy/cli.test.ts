// docs/cli.md is what the commands say of themselves.
import { expect, it } from 'vitest'
import { commandGroups } from '../../orchestrator/cli/commands.ts'
import { cliPage } from './cli-page.ts'

const page = cliPage(commandGroups)

it('docs/cli.md is what the table of commands says', async () => {
  await expect(page).toMatchFileSnapshot('../../docs/cli.md')
})

it('every command and every flag of it is on the page', () => {
  const missing = commandGroups
    .flatMap(({ commands }) => commands)
    .flatMap(({ name, flags }) => [
      `### ${name}\n`,
      ...Object.keys(flags).map((flag) => `--${flag}`),
    ])
    .filter((text) => !page.includes(text))
  expect(missing).toEqual([])
})
