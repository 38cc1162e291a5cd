// Looking at a saga and at its definition: each past moment with state and context, the ways out to its
// traces and logs, and from one version to the next.
import { expect } from 'vitest'
import type { Scene } from './dashboard-world.ts'

/** The page may show a moment before while it asks for the one that is looked at. */
const patience = { timeout: 30_000 }

export const momentScenes: readonly Scene[] = [
  [
    'a past moment has the state and the context of that time, and nothing sensitive',
    async (world) => {
      const id = await world.order('M-1', 'completed')
      const { page } = await world.open(`/sagas/${id}`)
      await page.getByRole('tab', { name: 'State' }).click()
      const context = page.getByLabel('Context').getByRole('group')
      const shown = async () => JSON.parse((await context.textContent()) ?? '')
      const input = { order: 'M-1', cents: 4_200, card: '[sensitive]' }
      await page.getByText('Context now').waitFor()
      await expect
        .poll(shown, patience)
        .toMatchObject({ input, replies: { reserveStock: { shelf: 'B-12' } } })
      const slider = page.getByLabel('Moment in the history')
      await slider.focus()
      await page.keyboard.press('Home')
      await page.getByText('Context then').waitFor()
      await expect.poll(shown, patience).toEqual({ input, replies: {} })
      await page.getByLabel('State', { exact: true }).getByText('"reserveStock"').first().waitFor()
      await page.getByRole('button', { name: 'One entry on' }).click()
      await page.getByText('"shelf"').waitFor()
      await page.getByRole('button', { name: 'One entry back' }).click()
      await page.getByText('"shelf"').waitFor({ state: 'detached' })
      await page.getByRole('button', { name: 'Now', exact: true }).click()
      await page.getByText('Context now').waitFor()
      expect((await page.locator('body').textContent()) ?? '').not.toContain('4111111111111111')
    },
  ],

  [
    'each step leads to its own trace, and the saga to its logs',
    async (world) => {
      const id = await world.order('M-2', 'compensated', { trouble: 'card-declined' })
      const { body } = await world.orchestrator.client.get(`/sagas/${id}/messages`)
      const items = body['items'] as readonly { kind: string; step: string; traceId: string }[]
      const { page } = await world.open(`/sagas/${id}`)
      for (const step of ['reserveStock', 'takePayment']) {
        const { traceId } = items.find((one) => one.kind === 'reply' && one.step === step) ?? {}
        const link = page.getByRole('link', { name: `Trace of ${step}, in a new tab` })
        expect(traceId).toMatch(/^[0-9a-f]{32}$/)
        expect(await link.getAttribute('href')).toBe(`http://traces.test/${traceId}?saga=${id}`)
      }
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
      await page.getByRole('button', { name: 'Copy the id' }).click()
      expect(await page.evaluate('navigator.clipboard.readText()')).toBe(id)
      const logs = page.getByRole('link', { name: 'Logs of its start, in a new tab' })
      expect(await logs.getAttribute('href')).toBe(`http://logs.test/?q=${id}`)
    },
  ],

  [
    'a definition leads to its other version, to its sagas, and to the form',
    async (world) => {
      const { page } = await world.open('/')
      const refused = { status: 400, body: '{}' }
      await page.route('**/definitions', (route) => route.fulfill(refused), { times: 1 })
      await page.getByRole('link', { name: 'Definitions' }).click()
      await page.getByRole('button', { name: 'Try again' }).click()
      await page.getByRole('link', { name: /^Place order/ }).click()
      await page.getByText('Changed since version 1').waitFor()
      for (const name of ['Zoom in', 'Zoom out', 'Show all of it']) {
        await page.getByRole('button', { name }).click()
      }
      await page.getByLabel('Version', { exact: true }).selectOption('1')
      await page.getByText('Changed since version 1').waitFor({ state: 'detached' })
      await page.getByRole('link', { name: 'Its sagas' }).click()
      await page.waitForURL(/sagas\?version=1&name=place-order/)
      await page.goBack()
      await page.getByRole('link', { name: 'Start one' }).click()
      await page.getByRole('button', { name: 'Start place-order' }).waitFor()
    },
  ],

  [
    'the other theme stays when the page comes again',
    async (world) => {
      const { page } = await world.open('/')
      await page.getByRole('button', { name: 'Show it dark' }).click()
      await page.reload()
      await page.getByRole('button', { name: 'Show it light' }).waitFor()
      expect(await page.evaluate('document.documentElement.dataset.theme')).toBe('dark')
      await page.getByLabel('Time that is shown').selectOption('Last day')
      await page.getByText('last day', { exact: true }).waitFor()
    },
  ],
]
