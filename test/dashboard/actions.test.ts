// Everything that a person can do in the dashboard, by its buttons in a real browser; what came of it
// is read in the database; and what the page is worth while much happens, or the server is away.
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { DashboardWorld } from './dashboard-world.ts'
import { letterScenes } from './letter-scenes.ts'
import { listScenes } from './list-scenes.ts'
import { liveScenes } from './live-scenes.ts'
import { loginScenes } from './login-scenes.ts'
import { momentScenes } from './moment-scenes.ts'
import { loseAnswer, startScenes } from './start-scenes.ts'
import { tableScenes } from './table-scenes.ts'

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
    const { page } = await world.open(`/sagas/${id}`)
    await page.getByRole('button', { name: 'Pause', exact: true }).click()
    await page.getByRole('button', { name: 'Leave it' }).click()
    expect(await world.statusOf(id)).toBe('running')
    await tell(id, 'Pause', page)
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

  it('answers an approval, also when it is not known whether the first try came', async () => {
    const id = await expense('amy')
    const { page } = await world.open(`/sagas/${id}`)
    await loseAnswer(page, '**/signals/approve')
    await page.getByRole('button', { name: 'Send approve' }).click()
    await page.getByRole('button', { name: 'Send it' }).click()
    await page.getByText('It is not known whether it was done').waitFor()
    await world.awaitStatus(id, 'completed')
    await page.getByRole('button', { name: 'Send it' }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
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

// One system for all of them: to start it takes longer than most of what is done with it.
it.each([
  ...[...listScenes, ...momentScenes, ...startScenes, ...letterScenes, ...loginScenes],
  ...[...tableScenes, ...liveScenes],
])('%s', (_, play) => play(world))
