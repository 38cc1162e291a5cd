// What happens is seen while it happens: within a second, again after the server was away, and in a
// list of ten thousand.
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { DashboardWorld } from './dashboard-world.ts'

let world: DashboardWorld

beforeAll(async () => {
  world = await DashboardWorld.start()
}, 120_000)
afterEach(() => world.browser.closePages())
afterAll(() => world.stop())

/** Of the page's own clock: when a text first stood in it, ms since the epoch. */
const watchFor = (text: string, within: string) => `window.seenAt = new Promise((resolve) => {
  const look = () => document.querySelector('${within}').innerText.includes('${text}') && resolve(Date.now())
  new MutationObserver(look).observe(document.body,
    { childList: true, subtree: true, characterData: true })
}); undefined`

it('an event is told to the list and to the page of its saga, and nobody reloads', async () => {
  const id = await world.start('claim-expense', { employee: 'liv', cents: 9_000 }, 'running')
  const [list, one] = await Promise.all([world.open('/sagas'), world.open(`/sagas/${id}`)])
  await list.page.getByText('Live').waitFor()
  await one.page.getByText('Send approve').waitFor()
  await list.page.evaluate(watchFor('Paused', 'tbody'))
  await one.page.evaluate(watchFor('Held by bob', 'main'))
  const body = { actor: 'bob', reason: 'to be seen' }
  await world.orchestrator.client.tell(id, 'pause', body)
  const answeredAt = Date.now()
  const seenAt = (await one.page.evaluate('window.seenAt')) as number
  const listedAt = (await list.page.evaluate('window.seenAt')) as number
  // Told, not asserted: a busy machine is no fault of the page.
  console.log(
    `seen: its page ${seenAt - answeredAt} ms, the list ${listedAt - answeredAt} ms after`,
  )
  await one.page.getByText('Held by bob').waitFor()
  expect([...one.complaints, ...list.complaints]).toEqual([])
})

it('a page goes on by itself when the orchestrator was away', async () => {
  const { page } = await world.open('/sagas')
  await page.getByText('Live').waitFor()
  const port = Number(new URL(world.orchestrator.url).port)
  await world.restart(port)
  await page.locator('.live[data-state=live]').waitFor()
  await world.order('after-the-restart', 'completed')
  await page.getByText('after-the-restart').waitFor()
})

it('ten thousand rows are scrolled through, with only a few of them in the page', async () => {
  await world.db.query({
    name: 'test.many',
    text: `
      insert into saga_search (saga_id, name, version, status, revision, steps, state,
        business_key, started_at, updated_at, ended_at)
      select gen_random_uuid(), 'place-order', 2, 'completed', 9, '{}', '"completed"',
        'row-' || n, now() - interval '1 day' - n * interval '1 second', now(), now()
      from generate_series(1, 10000) n`,
  })
  const { page } = await world.open('/sagas?status=completed')
  await page.getByText('row-1', { exact: true }).waitFor()
  const box = page.getByRole('region', { name: 'Sagas found' })
  await box.focus()
  const isAtEnd = () => page.getByText('row-10000', { exact: true }).isVisible()
  // At most 200 rows come at once.
  for (let turns = 0; turns < 1_500 && !(await isAtEnd()); turns++) {
    await page.keyboard.press('End')
    await page.waitForTimeout(20)
  }
  expect(await isAtEnd()).toBe(true)
  expect(await page.locator('tr.saga').count()).toBeLessThan(80)
})
