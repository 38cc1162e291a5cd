// Every view in a real browser, on a desk and on a phone, in light and in dark: nothing breaks, nothing is
// wider than the page, and axe finds nothing. With SCREENSHOTS set it also writes pictures there, of
// more sagas.
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dashboardFolder } from '../../local/dashboard-build.ts'
import { awaitUntil } from '../system/await-until.ts'
import { type Look, type OpenPage, widths } from './browser.ts'
import { DashboardWorld } from './dashboard-world.ts'
import { firstViews } from './first-view.ts'
import { fillHour, type Seeded, seed, spread } from './seed.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const pictures = process.env['SCREENSHOTS']
/** Enough to have one of each. */
const ordersMin = 4
const ordersShown = 36
/** Scripts and styles together, as gzip: a budget, which a library more than is needed breaks. */
const bundleBytesMax = 350_000

let world: DashboardWorld
let sagas: Seeded
/** One page for all views: what it has fetched it does not fetch again. */
let open: OpenPage

beforeAll(async () => {
  world = await DashboardWorld.start()
  sagas = await seed(world, pictures === undefined ? ordersMin : ordersShown)
  if (pictures !== undefined) {
    mkdirSync(pictures, { recursive: true })
    await fillHour(world)
    await spread(world)
  }
  await world.log(sagas.stuck, { message: 'receipt.late', error: { code: 'SLOW' } })
  open = await world.open('/')
}, 120_000)
afterAll(() => world.stop())

type View = {
  readonly name: string
  readonly path: () => string
  /** Text that is there once it is whole. */
  readonly ready: string
  readonly before?: (page: Page) => Promise<void>
}

const tab = (name: string) => async (page: Page) => {
  await page.getByRole('tab', { name }).click()
}

const views: readonly View[] = [
  { name: 'overview', path: () => '/', ready: 'In flight' },
  { name: 'sagas', path: () => '/sagas', ready: 'A-1001' },
  {
    name: 'sagas-bulk',
    path: () => '/sagas?status=stuck',
    ready: 'A-1003',
    before: async (page) => {
      await page.getByRole('button', { name: 'Act on all that fit' }).click()
      await page.getByLabel('Reason').fill('the courier is back')
      await page.getByRole('button', { name: 'Show what it would do' }).click()
      await page.getByText('Nothing has been done yet').waitFor()
    },
  },
  { name: 'saga-compensated', path: () => `/sagas/${sagas.compensated}`, ready: 'Turned back' },
  { name: 'saga-stuck', path: () => `/sagas/${sagas.stuck}`, ready: 'If it failed now' },
  { name: 'saga-waiting', path: () => `/sagas/${sagas.waiting}`, ready: 'Send approve' },
  { name: 'saga-trip', path: () => `/sagas/${sagas.trip}`, ready: 'What you can do' },
  {
    name: 'saga-messages',
    path: () => `/sagas/${sagas.completed}`,
    ready: 'What you can do',
    before: async (page) => {
      await tab('Messages')(page)
      await page.getByRole('button', { name: /payments.take command/ }).click()
    },
  },
  {
    name: 'saga-logs',
    path: () => `/sagas/${sagas.stuck}`,
    ready: 'Stuck at',
    before: async (page) => {
      await tab('Logs')(page)
      await page.getByText('receipt.late').waitFor()
    },
  },
  {
    name: 'saga-moment',
    path: () => `/sagas/${sagas.compensated}`,
    ready: 'Turned back',
    before: async (page) => {
      await tab('State')(page)
      await page.getByRole('button', { name: 'One entry back' }).click()
      await page.getByText('Context then').waitFor()
    },
  },
  {
    name: 'saga-history',
    path: () => `/sagas/${sagas.stuck}`,
    ready: 'Stuck at',
    before: tab('History'),
  },
  {
    name: 'saga-cancel',
    path: () => `/sagas/${sagas.waiting}`,
    ready: 'Send approve',
    before: async (page) => {
      await page.getByRole('button', { name: 'Cancel', exact: true }).click()
      await page.getByRole('dialog').getByText('budgets.release').waitFor()
    },
  },
  { name: 'stuck', path: () => '/stuck', ready: 'A-1003' },
  {
    name: 'letters',
    path: () => '/stuck',
    ready: 'A-1003',
    before: async (page) => {
      await tab('Dead letters')(page)
      await page.getByText('REPLY_UNUSABLE').waitFor()
    },
  },
  {
    name: 'letter',
    path: () => '/stuck',
    ready: 'A-1003',
    before: async (page) => {
      await tab('Dead letters')(page)
      await page.getByRole('button', { name: 'REPLY_UNUSABLE' }).click()
      await page.getByText('What will be sent').waitFor()
    },
  },
  { name: 'definitions', path: () => '/definitions/place-order/2', ready: 'Worst case' },
  { name: 'definitions-trip', path: () => '/definitions/book-trip/1', ready: 'Worst case' },
  {
    name: 'start',
    path: () => '/start?saga=place-order',
    ready: 'Idempotency key',
    before: async (page) => {
      await page.getByLabel('order', { exact: true }).fill('A-1050')
      await page.getByLabel('cents').fill('4990')
      await page.getByLabel('card').fill('4111111111111111')
      await page.getByLabel('Step that goes wrong').selectOption('takePayment')
    },
  },
]

/** Of these there are also pictures in the dark, on a desk and on a phone. */
const main = new Set([
  ...['overview', 'sagas', 'saga-compensated', 'saga-stuck', 'stuck', 'definitions', 'start'],
])

/** The phone in the light is looked at by axe only. */
const looks: readonly Required<Look>[] = [
  { width: widths.desk, theme: 'light' },
  { width: widths.desk, theme: 'dark' },
  { width: widths.phone, theme: 'dark' },
  { width: widths.phone, theme: 'light' },
]

async function settle(page: Page): Promise<void> {
  const busy = page.locator('[aria-busy=true]')
  await awaitUntil('the view is whole', async () => (await busy.count()) === 0)
  await page.evaluate('document.fonts.ready')
}

/** As a person would who turns the window and the lights. */
async function turn(page: Page, { width, theme }: Required<Look>): Promise<void> {
  await page.setViewportSize({ width, height: 900 })
  await page.evaluate(`document.documentElement.dataset.theme = '${theme}'`)
  await settle(page)
}

/** Ids of the rules that are broken, with the first place of each. */
async function violations(page: Page): Promise<readonly string[]> {
  if ((await page.evaluate('typeof window.axe')) === 'undefined') await page.evaluate(axe)
  const found = await page.evaluate(`axe.run().then(({ violations }) =>
    violations.map(({ id, nodes }) => id + ': ' + nodes[0].html.slice(0, 200)
      + ' ' + (nodes[0].failureSummary ?? '').slice(0, 200)))`)
  return found as readonly string[]
}

const widerThanPage = `document.documentElement.scrollWidth - innerWidth + ' ' +
  [...document.querySelectorAll('#page')].map((page) => page.scrollWidth - page.clientWidth)`

async function expectWhole(page: Page, name: string): Promise<void> {
  for (const look of looks) {
    await turn(page, look)
    const { width, theme } = look
    // Of the others one is enough.
    const isMore = main.has(name) && theme === 'dark'
    const isPictured = isMore || (width === widths.desk && theme === 'light')
    if (pictures !== undefined && isPictured) {
      // So that the diagram has come to rest.
      await page.waitForTimeout(450)
      await page.screenshot({ path: path.join(pictures, `${name}-${width}-${theme}.png`) })
    }
    expect([name, look, await page.evaluate(widerThanPage)]).toEqual([name, look, '0 0'])
    expect([name, look, await violations(page)]).toEqual([name, look, []])
  }
}

describe.each(views)('the view $name', ({ name, path: place, ready, before }) => {
  it('is whole, wide and narrow, light and dark', async () => {
    const { page, complaints } = open
    await page.setViewportSize({ width: widths.desk, height: 900 })
    await page.goto(`${world.orchestrator.url}/dashboard${place()}`)
    await page.getByText(ready).first().waitFor()
    await before?.(page)
    await expectWhole(page, name)
    expect(complaints.splice(0)).toEqual([])
  })
})

it('the login is whole, wide and narrow, light and dark', async () => {
  const { url } = await world.guarded()
  const { page } = await world.browser.open(`${url}/dashboard/`)
  await page.getByRole('heading', { name: 'Log in to Sagaline' }).waitFor()
  // What of it can be scrolled has no part of its own here.
  await page.evaluate("document.querySelector('main').id = 'page'")
  await expectWhole(page, 'login')
})

it('what is measured of the first view is measured', async () => {
  const measured = await firstViews(world.browser, world.orchestrator.url, 1)
  expect(measured.map(({ view }) => view)).toEqual(['overview', 'list', 'stuck'])
  for (const { seconds } of measured) {
    expect(seconds).toHaveLength(1)
    expect(seconds[0]).toBeGreaterThan(0)
  }
})

it('all that a browser fetches is small, the layout of diagrams apart', () => {
  const assets = path.join(dashboardFolder, 'assets')
  const bytes = readdirSync(assets)
    .filter((file) => /\.(js|css)\.gz$/.test(file) && !file.startsWith('elk-worker'))
    .map((file) => statSync(path.join(assets, file)).size)
  expect(bytes.length).toBeGreaterThan(4)
  expect(bytes.reduce((sum, one) => sum + one, 0)).toBeLessThan(bundleBytesMax)
})
