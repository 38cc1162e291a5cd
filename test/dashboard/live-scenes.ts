// What happens is seen while it happens, and again after the server was away.
import { expect } from 'vitest'
import type { Scene } from './dashboard-world.ts'

/** Of the page's own clock: when a text first stood in it, ms since the epoch. */
const watchFor = (text: string, within: string) => `window.seenAt = new Promise((resolve) => {
  const look = () => document.querySelector('${within}').innerText.includes('${text}') && resolve(Date.now())
  new MutationObserver(look).observe(document.body,
    { childList: true, subtree: true, characterData: true })
}); undefined`

/** After the answer to who did it. */
const seenMsMax = 1_000
const triesMax = 10

export const liveScenes: readonly Scene[] = [
  [
    'an event is told to the list and to the page of its saga, and nobody reloads',
    async (world) => {
      const id = await world.start('claim-expense', { employee: 'liv', cents: 9_000 }, 'running')
      const [list, one] = await Promise.all([world.open('/sagas'), world.open(`/sagas/${id}`)])
      await list.page.getByText('Live').waitFor()
      await one.page.getByText('Send approve').waitFor()
      const body = { actor: 'bob', reason: 'to be seen' }
      const lags: number[] = []
      while (lags.length < triesMax && Math.min(...lags) > seenMsMax) {
        await list.page.evaluate(watchFor('Paused', 'tbody'))
        await one.page.evaluate(watchFor('Held by bob', 'main'))
        await world.orchestrator.client.tell(id, 'pause', body)
        const answeredAt = Date.now()
        const seenAt = [one, list].map(({ page }) => page.evaluate('window.seenAt'))
        lags.push(Math.max(...((await Promise.all(seenAt)) as number[])) - answeredAt)
        await world.orchestrator.client.tell(id, 'resume', body)
        await one.page.getByText('Held by bob').waitFor({ state: 'detached' })
        await list.page
          .locator(`[data-saga="${id}"]`, { hasText: 'Paused' })
          .waitFor({ state: 'detached' })
      }
      // The best of some: that the machine is busy for a moment is no fault of the page.
      expect(Math.min(...lags)).toBeLessThanOrEqual(seenMsMax)
      // To leave a page ends its stream, which says nothing of the server.
      await one.page.getByRole('link', { name: 'Definitions' }).click()
      await one.page.getByText('Worst case').first().waitFor()
      expect(await one.page.locator('.live').getAttribute('data-state')).toBe('live')
      expect([...one.complaints, ...list.complaints]).toEqual([])
    },
  ],

  [
    'what services log of a saga comes to its page while it lives',
    async (world) => {
      const id = await world.start('claim-expense', { employee: 'liv', cents: 9_000 }, 'running')
      const { page, complaints } = await world.open(`/sagas/${id}`)
      await page.getByRole('tab', { name: 'Logs' }).click()
      await page.getByText('No line about it yet').waitFor()
      const error = { code: 'SLOW', message: 'no answer' }
      await world.log(id, { step: 'approve', message: 'approval.slow', error })
      await page
        .getByRole('row', { name: /warn payments approve approval.slow SLOW no answer/ })
        .waitFor()
      expect(complaints).toEqual([])
    },
  ],

  [
    'a page goes on by itself when the orchestrator was away',
    async (world) => {
      const { page } = await world.open('/sagas')
      await page.getByText('Live').waitFor()
      const port = Number(new URL(world.orchestrator.url).port)
      await world.restart(port)
      await page.locator('.live[data-state=live]').waitFor()
      await world.order('after-the-restart', 'completed')
      await page.getByText('after-the-restart').waitFor()
    },
  ],
]
