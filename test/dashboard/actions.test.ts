// Everything that a person can do in the dashboard, by its buttons in a real browser; what came of it
// is read in the database.
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { awaitUntil } from '../system/await-until.ts'
import { DashboardWorld } from './dashboard-world.ts'

let world: DashboardWorld

beforeAll(async () => {
  world = await DashboardWorld.start()
}, 120_000)
afterEach(async () => {
  world.shop.isMended = false
  await world.browser.closePages()
})
afterAll(() => world.stop())

/** Who did what, and why, as the histories have it. */
async function doneTo(id: string) {
  const entries = await world.orchestrator.client.history(id)
  return entries
    .flatMap(({ facts }) => facts)
    .flatMap(({ type, detail }) => {
      const { actor, reason } = (detail ?? {}) as {
        readonly actor?: string
        readonly reason?: string
      }
      return actor === 'ada' ? [`${type} ${reason}`] : []
    })
}

async function tell(id: string, button: string, open?: Page): Promise<Page> {
  const page = open ?? (await world.open(`/sagas/${id}`)).page
  await page.getByRole('button', { name: button, exact: true }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Reason').fill('seen in a test')
  await dialog.getByRole('button', { name: button, exact: true }).click()
  await dialog.waitFor({ state: 'detached' })
  return page
}

const expense = (employee: string) =>
  world.start('claim-expense', { employee, cents: 9_000 }, 'running')

describe('a verb on one saga', () => {
  it('retries a stuck saga, which then completes', async () => {
    const id = await world.order('V-1', 'stuck', { trouble: 'no-receipt' })
    world.shop.isMended = true
    const page = await tell(id, 'Retry')
    await world.awaitStatus(id, 'completed')
    await page.getByText('Completed').first().waitFor()
    expect(await doneTo(id)).toEqual(['saga.retried seen in a test'])
  })

  it('skips a step that was done by hand', async () => {
    const id = await world.order('V-2', 'stuck', { trouble: 'no-refund' })
    await tell(id, 'Skip takePayment: it is done')
    await world.awaitStatus(id, 'compensated')
  })

  it('abandons a stuck saga', async () => {
    const id = await world.order('V-3', 'stuck', { trouble: 'no-refund' })
    await tell(id, 'Abandon')
    await world.awaitStatus(id, 'abandoned')
  })

  it('pauses, resumes, and cancels after telling what will be undone', async () => {
    const id = await expense('pat')
    const page = await tell(id, 'Pause')
    await world.awaitStatus(id, 'paused')
    await tell(id, 'Resume', page)
    await world.awaitStatus(id, 'running')
    await page.getByRole('button', { name: 'Cancel', exact: true }).click()
    await page.getByRole('dialog').getByText('budgets.release').waitFor()
    await page.keyboard.press('Escape')
    await tell(id, 'Cancel', page)
    await world.awaitStatus(id, 'compensated')
  })

  it('terminates a saga', async () => {
    const id = await expense('tim')
    await tell(id, 'Terminate')
    await world.awaitStatus(id, 'terminated')
  })

  it('answers an approval', async () => {
    const id = await expense('amy')
    const { page } = await world.open(`/sagas/${id}`)
    await page.getByRole('button', { name: 'Send approve' }).click()
    await page.getByRole('button', { name: 'Send it' }).click()
    await world.awaitStatus(id, 'completed')
  })

  it('says what the server refused, and does nothing', async () => {
    const id = await expense('ref')
    const { page } = await world.open(`/sagas/${id}`)
    await page.getByRole('button', { name: 'Send approve' }).click()
    await page.getByLabel('Data').fill('{ "approved": "perhaps" }')
    await page.getByRole('button', { name: 'Send it' }).click()
    await page.getByText('It was not taken').waitFor()
    expect(await world.statusOf(id)).toBe('running')
  })
})

it('a verb for many: a dry run first, then all of them', async () => {
  const ids = await Promise.all(
    ['B-1', 'B-2', 'B-3'].map((order) => world.order(order, 'stuck', { trouble: 'no-refund' })),
  )
  const { page } = await world.open('/sagas?status=stuck')
  for (const order of ['B-1', 'B-2', 'B-3']) {
    await page.getByRole('checkbox', { name: `Select place-order ${order}` }).click()
  }
  await page.getByRole('button', { name: 'Act on 3 selected' }).click()
  await page.getByLabel('What to do').selectOption('abandon')
  await page.getByLabel('Reason').fill('all of them')
  await page.getByRole('button', { name: 'Show what it would do' }).click()
  await page.getByText('Nothing has been done yet').waitFor()
  expect(await Promise.all(ids.map((id) => world.statusOf(id)))).toEqual(ids.map(() => 'stuck'))
  await page.getByRole('button', { name: 'Abandon 3 sagas' }).click()
  await page.getByText('3 done, 0 refused').waitFor()
  expect(await Promise.all(ids.map((id) => world.statusOf(id)))).toEqual(ids.map(() => 'abandoned'))
})

it('starts a saga by the form of its input, and hides what is sensitive', async () => {
  const { page } = await world.open('/start?saga=place-order')
  const form = page.locator('form')
  await form.getByRole('button', { name: 'Start place-order' }).click()
  await form.getByText('It is needed.').first().waitFor()
  await form.getByLabel('order', { exact: true }).fill('S-1')
  await form.getByLabel('cents').fill('990')
  await form.getByLabel('card').fill('4000123412341234')
  await form.getByLabel('trouble (optional)').selectOption('card-declined')
  await form.getByLabel('Idempotency key').fill('from-a-test')
  await form.getByRole('button', { name: 'Start place-order' }).click()
  await page.waitForURL(/\/sagas\/[0-9a-f-]{36}$/)
  await world.awaitStatus(page.url().split('/').at(-1) ?? '', 'compensated')
  await page.getByRole('tab', { name: 'Messages' }).click()
  await page.getByRole('button', { name: /place-order start/ }).click()
  await page.getByLabel('Content of place-order').waitFor()
  const text = (await page.locator('body').textContent()) ?? ''
  expect(text).toContain('"card": "[sensitive]"')
  expect(text).not.toContain('4000123412341234')
})

it('a dead letter is put away, with who did it and why', async () => {
  const record = { topic: 'sagaline.replies', key: 'k', value: Buffer.from('no message') }
  await world.engine.kafka.write(record)
  const letter = await awaitUntil('it is parked', async () => {
    const { body } = await world.orchestrator.client.get('/dead-letters')
    return (body['items'] as readonly { readonly id: string }[])[0]
  })
  const { page } = await world.open('/stuck')
  await page.getByRole('tab', { name: 'Dead letters' }).click()
  await page.locator('td .opener').first().click()
  await page.getByLabel('Reason').fill('not ours')
  await page.getByRole('button', { name: 'Put it away' }).click()
  await page.getByText('by ada: not ours').waitFor()
  const { rows } = await world.db.query<{ readonly state: string }>(
    { name: 'test.letter', text: 'select state from dead_letters where id = $1' },
    [letter.id],
  )
  expect(rows).toEqual([{ state: 'discarded' }])
})
