// Every setting of every program is in docs/configuration.md, as the code has it.
import { expect, it } from 'vitest'
import { configurationPage, localSettingsIn, settingsIn } from './config-fields.ts'
import { inRooms, productRooms, toCode } from './source-tree.ts'

const files = inRooms(...productRooms, 'local', 'bench')
const settings = await settingsIn(files)
const local = localSettingsIn(files)

it('docs/configuration.md is what the config files say', async () => {
  await expect(configurationPage(settings, local)).toMatchFileSnapshot(
    '../../docs/configuration.md',
  )
})

it('every setting is on the page and says what it does', () => {
  const page = configurationPage(settings, local)
  const all = [...settings, ...local]
  expect(all.filter(({ env }) => !page.includes(`\`${env}\``))).toEqual([])
  expect(all.filter(({ why }) => why === '')).toEqual([])
})

it('settings are read from the text of a config file', async () => {
  const text = "const fields = { a: field({ env: 'A', default: 1_000, unit: 'ms', why: 'So.' }) }"
  const found = await settingsIn([toCode('services/x/config.ts', text)])
  expect(found).toMatchObject([{ env: 'A', default: '1000', unit: 'ms', why: 'So.' }])
  const single = '/** B_HOME: where b is. */\nconst b = env.B_HOME\nconst c = env.C_HOME'
  expect(localSettingsIn([toCode('local/config.ts', single)])).toMatchObject([
    { env: 'B_HOME', why: 'where b is.' },
    { env: 'C_HOME', why: '' },
  ])
})
