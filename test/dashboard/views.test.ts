// Every view in a real browser, on a phone and on a desk, light and dark: nothing breaks, nothing is
// wider than the page, and axe finds nothing. With SCREENSHOTS set it also writes pictures there.
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { awaitUntil } from '../system/await-until.ts'
import { widths } from './browser.ts'
import { DashboardWorld } from './dashboard-world.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const pictures = process.env['SCREENSHOTS']

let world: DashboardWorld
/** By what became of them. */
const sagas: Record<string, string> = {}

beforeAll(async () => {
  world = await DashboardWorld.start()
  const make = async (name: string, work: Promise<string>) => {
    sagas[name] = await work
  }
  await Promise.all([
    make('completed', world.order('A-1001', 'completed', { express: true })),
    make('compensated', world.order('A-1002', 'compensated', { trouble: 'no-courier' })),
    make('stuck', world.order('A-1003', 'stuck', { trouble: 'no-refund' })),
    make('late', world.order('A-1004', 'stuck', { trouble: 'no-receipt' })),
    make('declined', world.order('A-1005', 'compensated', { trouble: 'card-declined' })),
    make(
      'trip',
      world.start('book-trip', { traveller: 'ada', from: 'CGN', to: 'LIS' }, 'completed'),
    ),
    make('waiting', world.start('claim-expense', { employee: 'bob', cents: 9_000 }, 'running')),
  ])
  await world.log(sagas['late'] ?? '', { message: 'receipt.late', error: { code: 'SLOW' } })
  await awaitUntil('the read model has come so far', async () => {
    const { body } = await world.orchestrator.client.get('/sagas')
    return (body['items'] as readonly unknown[]).length >= 7
  })
}, 120_000)
afterAll(() => world.stop())

type View = {
  readonly name: string
  readonly path: () => string
  /** Text that is there once it is whole. */
  readonly ready: string
  readonly before?: (page: Page) => Promise<void>
}

const views: readonly View[] = [
  { name: 'overview', path: () => '/', ready: 'In flight' },
  { name: 'sagas', path: () => '/sagas', ready: 'A-1001' },
  { name: 'saga-compensated', path: () => `/sagas/${sagas['compensated']}`, ready: 'Turned back' },
  { name: 'saga-stuck', path: () => `/sagas/${sagas['stuck']}`, ready: 'If it failed now' },
  { name: 'saga-waiting', path: () => `/sagas/${sagas['waiting']}`, ready: 'Send approve' },
  {
    name: 'saga-messages',
    path: () => `/sagas/${sagas['completed']}`,
    ready: 'What you can do',
    before: async (page) => {
      await page.getByRole('tab', { name: 'Messages' }).click()
      await page.getByRole('button', { name: /payments.take command/ }).click()
    },
  },
  {
    name: 'saga-logs',
    path: () => `/sagas/${sagas['late']}`,
    ready: 'What you can do',
    before: async (page) => {
      await page.getByRole('tab', { name: 'Logs' }).click()
      await page.getByText('receipt.late').waitFor()
    },
  },
  { name: 'stuck', path: () => '/stuck', ready: 'A-1003' },
  { name: 'definitions', path: () => '/definitions/place-order/2', ready: 'Worst case' },
  { name: 'definitions-trip', path: () => '/definitions/book-trip/1', ready: 'Worst case' },
  { name: 'start', path: () => '/start?saga=place-order', ready: 'Idempotency key' },
]

/** Each width and each theme once; pictures are taken of all four. */
const looks = [
  { width: widths.desk, theme: 'light' },
  { width: widths.phone, theme: 'dark' },
  ...(pictures === undefined
    ? []
    : ([
        { width: widths.desk, theme: 'dark' },
        { width: widths.phone, theme: 'light' },
      ] as const)),
] as const

async function show(page: Page, { ready, before }: View): Promise<void> {
  await page.getByText(ready).first().waitFor()
  await before?.(page)
  const busy = page.locator('[aria-busy=true]')
  await awaitUntil(`${ready} is whole`, async () => (await busy.count()) === 0)
  await page.evaluate('document.fonts.ready')
}

/** Ids of the rules that are broken, with the first place of each. */
async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe)
  const found = await page.evaluate(`axe.run().then(({ violations }) =>
    violations.map(({ id, nodes }) => id + ': ' + nodes[0].html.slice(0, 200)
      + ' ' + (nodes[0].failureSummary ?? '').slice(0, 200)))`)
  return found as readonly string[]
}

describe.each(views)('the view $name', (view) => {
  it.each(looks)('is whole at $width px, $theme', async ({ width, theme }) => {
    const { page, complaints } = await world.open(view.path(), { width, theme })
    await show(page, view)
    const over = await page.evaluate(
      "document.documentElement.scrollWidth - innerWidth + ' ' + (document.getElementById('page').scrollWidth - document.getElementById('page').clientWidth)",
    )
    if (pictures !== undefined) {
      mkdirSync(pictures, { recursive: true })
      // So that the diagram has come to rest.
      await page.waitForTimeout(400)
      await page.screenshot({ path: path.join(pictures, `${view.name}-${width}-${theme}.png`) })
    }
    expect({ over, complaints }).toEqual({ over: '0 0', complaints: [] })
    expect(await violations(page)).toEqual([])
    await world.browser.closePages()
  })
})
