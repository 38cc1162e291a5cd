// Finding sagas in the list, and verbs for many of them: from the list, and from the work list of what
// is stuck.
import { expect } from 'vitest'
import { awaitUntil } from '../system/await-until.ts'
import type { DashboardWorld, Scene } from './dashboard-world.ts'
import { loseAnswer } from './start-scenes.ts'

const makeStuck = (world: DashboardWorld, orders: readonly string[], trouble: string) =>
  Promise.all(orders.map((order) => world.order(order, 'stuck', { trouble })))

const statusesOf = (world: DashboardWorld, ids: readonly string[]) =>
  Promise.all(ids.map((id) => world.statusOf(id)))

export const listScenes: readonly Scene[] = [
  [
    'a filter is put together by its fields, stands in the address, and is taken apart again',
    async (world) => {
      await world.order('F-1', 'completed', { express: true })
      await world.order('F-2', 'compensated', { trouble: 'card-declined' })
      const { page } = await world.open('/sagas')
      const rows = page.locator('tr.saga')
      await page.getByText('F-2').waitFor()
      const act = page.getByRole('button', { name: 'Act on all that fit' })
      expect(await act.isDisabled()).toBe(true)
      await page.getByText('Filter or select first').waitFor()
      await page.getByRole('combobox', { name: 'Saga' }).selectOption('place-order')
      await page.getByText('Compensated', { exact: true }).first().click()
      await page.getByLabel('Words of an error').fill('declined')
      await page.keyboard.press('Enter')
      await page.getByRole('button', { name: 'More filters' }).click()
      await page.getByLabel('Business key').fill('F-2')
      await page.getByRole('button', { name: 'Apply' }).click()
      await awaitUntil('one is left', async () => (await rows.count()) === 1)
      expect(Object.fromEntries(new URL(page.url()).searchParams)).toEqual({
        ...{ status: 'compensated', name: 'place-order', businessKey: 'F-2', error: 'declined' },
      })
      expect(await act.isDisabled()).toBe(false)
      await page.reload()
      await page.getByText('F-2', { exact: true }).waitFor()
      await page.getByRole('button', { name: /^Business key: F-2/ }).click()
      await page.getByLabel('Words of an error').fill('')
      await page.keyboard.press('Enter')
      await page.getByText('Compensated', { exact: true }).first().click()
      await page.getByText('F-1', { exact: true }).waitFor()
      expect(new URL(page.url()).search).toBe('?name=place-order')
    },
  ],

  [
    'a verb for many: a dry run first, then all of them, once though the answer was lost',
    async (world) => {
      const orders = ['B-1', 'B-2', 'B-3']
      const ids = await makeStuck(world, orders, 'no-refund')
      const { page } = await world.open('/sagas?status=stuck')
      for (const order of orders) {
        await page.getByRole('checkbox', { name: `Select place-order ${order}` }).click()
      }
      await page.getByRole('button', { name: 'Act on 3 selected' }).click()
      await page.getByLabel('What to do').selectOption('abandon')
      await page.getByLabel('Reason').fill('all of them')
      await page.getByRole('button', { name: 'Show what it would do' }).click()
      await page.getByText('Nothing has been done yet').waitFor()
      await page.getByRole('button', { name: 'Look again' }).click()
      await page.getByText('Nothing has been done yet').waitFor()
      expect(await statusesOf(world, ids)).toEqual(ids.map(() => 'stuck'))
      await loseAnswer(page, '**/bulk-jobs')
      await page.getByRole('button', { name: 'Abandon 3 sagas' }).click()
      await page.getByText('It is not known whether it was done').waitFor()
      await page.getByRole('button', { name: 'Abandon 3 sagas' }).click()
      await page.getByText('3 done, 0 refused').waitFor()
      const { rows } = await world.db.query(
        `select id from bulk_jobs where request->>'reason' = 'all of them'`,
      )
      expect(rows).toHaveLength(1)
      expect(await statusesOf(world, ids)).toEqual(ids.map(() => 'abandoned'))
    },
  ],

  [
    'a verb for many is stopped on its way; what was done stays',
    async (world) => {
      // One a second is told: there is so much time to stop it.
      const orders = Array.from({ length: 20 }, (_, at) => `C-${at + 1}`)
      const ids = await makeStuck(world, orders, 'no-refund')
      await awaitUntil('the list has all of them', async () => {
        const { body } = await world.orchestrator.client.get('/sagas?status=stuck&limit=100')
        const found = (body['items'] as readonly { readonly id: string }[]).map(({ id }) => id)
        return ids.every((id) => found.includes(id))
      })
      const { page } = await world.open('/sagas?name=place-order&status=stuck')
      await page.getByText('C-20').waitFor()
      await page.getByRole('checkbox', { name: 'Select all that are loaded' }).click()
      await page.getByRole('button', { name: /^Act on \d+ selected/ }).click()
      await page.getByLabel('What to do').selectOption('abandon')
      await page.getByLabel('Sagas a second, at most').fill('1')
      await page.getByLabel('Reason').fill('some of them')
      await page.getByRole('button', { name: 'Show what it would do' }).click()
      await page.getByRole('button', { name: /^Abandon \d+ sagas/ }).click()
      await page.getByRole('button', { name: 'Stop it' }).click()
      await page.getByText('Stopped').waitFor()
      const { rows } = await world.db.query<{ readonly status: string; readonly left: number }>(
        `select status, (select count(*)::int from bulk_items where job_id = id and outcome = 'left')
        as left from bulk_jobs order by created_at desc limit 1`,
      )
      expect(rows[0]?.status).toBe('cancelled')
      const abandoned = (await statusesOf(world, ids)).filter((one) => one === 'abandoned')
      expect(abandoned.length).toBeLessThan(ids.length)
    },
  ],

  [
    'sagas with the same trouble are retried together from the work list',
    async (world) => {
      const ids = await makeStuck(world, ['W-1', 'W-2'], 'no-receipt')
      world.shop.isMended = true
      const { page } = await world.open('/')
      // Of the menu: the overview has a tile that leads elsewhere.
      await page.getByRole('link', { name: /stuck sagas?$/ }).click()
      const group = page.locator('.groups > li', { hasText: 'sendReceipt' })
      await group.getByText('W-2').waitFor()
      await group.getByRole('button', { name: /^Act on all/ }).click()
      await page.getByLabel('Reason').fill('the printer is mended')
      await page.getByRole('button', { name: 'Show what it would do' }).click()
      await page.getByRole('button', { name: /^Retry \d+ sagas/ }).click()
      for (const id of ids) await world.awaitStatus(id, 'completed')
    },
  ],
]
