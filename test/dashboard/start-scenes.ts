// Starting a saga by the form of its input, also with a fault on purpose.
import type { Page, Route } from 'playwright-core'
import { expect } from 'vitest'
import { awaitUntil } from '../system/await-until.ts'
import type { Scene } from './dashboard-world.ts'

async function submit(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'Start place-order' }).click()
  await page.waitForURL(/\/sagas\/[0-9a-f-]{36}$/)
  return page.url().split('/').at(-1) ?? ''
}

/** The server does what the first POST to it asks, and the page does not hear of it. */
export async function loseAnswer(page: Page, to: string): Promise<void> {
  const lose = async (route: Route) => {
    await route.fetch()
    await route.abort()
  }
  await page.route(to, lose, { times: 1 })
}

export const startScenes: readonly Scene[] = [
  [
    'starts a saga by the form of its input, and hides what is sensitive',
    async (world) => {
      const { page } = await world.open('/start')
      await page.getByLabel('Saga', { exact: true }).selectOption('place-order')
      const form = page.locator('form')
      await form.getByRole('button', { name: 'Start place-order' }).click()
      await form.getByText('It is needed.').first().waitFor()
      await form.getByLabel('order', { exact: true }).fill('S-1')
      await form.getByLabel('cents').fill('990')
      await form.getByLabel('card').fill('4000123412341234')
      expect(await form.getByLabel('card').getAttribute('type')).toBe('password')
      await form.getByLabel('trouble (optional)').selectOption('card-declined')
      await form.getByLabel('Idempotency key').fill('from-a-test')
      await world.awaitStatus(await submit(page), 'compensated')
      await page.getByRole('tab', { name: 'Messages' }).click()
      await page.getByRole('button', { name: /place-order start/ }).click()
      await page.getByLabel('Content of place-order').waitFor()
      // Its row has the payloads of its commands no more.
      await page.getByRole('button', { name: /payments.take command/ }).click()
      await page.getByLabel('Content of payments.take').getByText('"S-1"').waitFor()
      const text = (await page.locator('body').textContent()) ?? ''
      expect(text).toContain('"card": "[sensitive]"')
      expect(text).not.toContain('4000123412341234')
    },
  ],

  [
    'starts one with a fault in the step that was chosen, and takes back what did not happen',
    async (world) => {
      const { page } = await world.open('/start?saga=place-order')
      await page.getByLabel('order', { exact: true }).fill('S-2')
      await page.getByLabel('cents').fill('990')
      await page.getByLabel('card').fill('4000123412341234')
      await page.getByLabel('Step that goes wrong').selectOption('takePayment')
      await page.getByLabel('What happens').selectOption('decline')
      await page.getByLabel('Reason, as JSON').fill('"on')
      await page.getByText('The reason is no JSON').waitFor()
      await page.getByLabel('Reason, as JSON').fill('"on purpose"')
      await page.getByLabel('How often').fill('3')
      const id = await submit(page)
      await world.awaitStatus(id, 'compensated')
      const { rows } = await world.db.query<{ readonly count: number }>(
        `select count(*)::int as count from history, json_array_elements(facts) as fact
        where saga_id = $1 and fact->>'type' = 'step.refused' and fact->>'step' = 'takePayment'`,
        [id],
      )
      expect(rows).toEqual([{ count: 1 }])
      await page.getByRole('link', { name: 'Start', exact: true }).click()
      await page.getByLabel('Saga', { exact: true }).selectOption('place-order')
      await page.getByText('takePayment: decline, 2 to come').waitFor()
      await page.getByRole('button', { name: 'Take them away' }).click()
      await page.getByText('takePayment: decline, 2 to come').waitFor({ state: 'detached' })
      await awaitUntil('the service has none', async () => {
        const { body } = await world.orchestrator.client.get('/faults')
        const [service] = body['services'] as readonly { readonly faults: readonly object[] }[]
        return service?.faults.length === 0
      })
      await world.order('S-3', 'completed')
    },
  ],

  [
    'starts one saga, also when the answer of the first try is lost, and says what is not known',
    async (world) => {
      const { page } = await world.open('/start?saga=place-order')
      await page.getByLabel('order', { exact: true }).fill('S-4')
      await page.getByLabel('cents').fill('990')
      await page.getByLabel('card').fill('4000123412341234')
      await loseAnswer(page, '**/sagas/place-order')
      await page.getByRole('button', { name: 'Start place-order' }).click()
      await page.getByText('It is not known whether it was done').waitFor()
      await world.awaitStatus(await submit(page), 'completed')
      const { rows } = await world.db.query<{ readonly count: number }>(
        `select count(*)::int as count from sagas where business_key = 'S-4'`,
      )
      expect(rows).toEqual([{ count: 1 }])
    },
  ],
]
