// The login of the dashboard: a key that is wrong, one that has expired, one that is good, and one that
// is revoked while it is used.
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { keyBelievedMs } from '../../orchestrator/http/access/key-login.ts'
import { runKeysCommand } from '../../orchestrator/keys-command.ts'
import type { DashboardWorld, Scene } from './dashboard-world.ts'

async function makeKey(world: DashboardWorld, name: string, role: string) {
  const words = ['create', '--name', name, '--role', role, '--days', '1']
  const [key = ''] = await runKeysCommand(world.db, words, name)
  return key
}

const expire = (world: DashboardWorld, name: string) =>
  world.db.query(`update api_keys set expires_at = now() - interval '1 s' where name = $1`, [name])

async function openLogin(world: DashboardWorld, path = '/'): Promise<Page> {
  const { url } = await world.guarded()
  const { page } = await world.browser.open(`${url}/dashboard${path}`)
  await page.getByRole('heading', { name: 'Log in to Sagaline' }).waitFor()
  return page
}

async function logIn(page: Page, key: string): Promise<void> {
  await page.getByLabel('API key or token').fill(key)
  await page.getByRole('button', { name: 'Log in' }).click()
}

export const loginScenes: readonly Scene[] = [
  [
    'the login refuses a wrong key and an expired one, and shows nothing',
    async (world) => {
      const expired = await makeKey(world, 'old', 'viewer:*')
      await expire(world, 'old')
      const page = await openLogin(world)
      for (const key of ['wrong', expired.replace(/.$/, 'x'), expired]) {
        await logIn(page, key)
        await page.getByText('This key is not known here').waitFor()
        await page.getByLabel('API key or token').fill('')
      }
      expect(await page.getByRole('navigation').count()).toBe(0)
      expect(await page.evaluate('sessionStorage.length')).toBe(0)
    },
  ],

  [
    'the login takes a good key: verbs are done in its name, and it is asked again after logging out',
    async (world) => {
      const id = await world.start('claim-expense', { employee: 'kim', cents: 9_000 }, 'running')
      const page = await openLogin(world, `/sagas/${id}`)
      await logIn(page, await makeKey(world, 'kims-key', 'operator:*'))
      await page.locator('.live[data-state=live]').waitFor()
      await page.getByRole('button', { name: 'Pause', exact: true }).click()
      await page.getByLabel('Reason').fill('by key')
      await page.getByRole('dialog').getByRole('button', { name: 'Pause', exact: true }).click()
      await world.awaitStatus(id, 'paused')
      const { rows } = await world.db.query<{ readonly principal: string }>(
        `select distinct principal from access_audit where saga_id = $1`,
        [id],
      )
      expect(rows).toEqual([{ principal: 'key:kims-key' }])
      // It was told of no such places.
      expect(await page.getByText('Trace').count()).toBe(0)
      await page.getByRole('button', { name: 'Log out' }).click()
      await page.getByRole('heading', { name: 'Log in to Sagaline' }).waitFor()
    },
  ],

  [
    'the login is asked again when the key has expired meanwhile, and says so',
    async (world) => {
      const page = await openLogin(world, '/start')
      await logIn(page, await makeKey(world, 'short', 'viewer:*'))
      await page.getByRole('button', { name: 'Start', exact: false }).first().waitFor()
      expect(await page.getByText('Fault on purpose').count()).toBe(0)
      await expire(world, 'short')
      // Until then the server believes it; then something happens, so that the page asks.
      await page.waitForTimeout(keyBelievedMs)
      await world.order('after-the-key', 'completed')
      await page.getByText('Your login has ended').waitFor()
    },
  ],
]
