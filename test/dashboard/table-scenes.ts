// A list of ten thousand sagas, scrolled to its end: few rows are in the page at once, each stands where
// its number says, and nothing jumps.
import type { Page } from 'playwright-core'
import { expect, onTestFinished } from 'vitest'
import { fillSearch } from '../../bench/made-sagas.ts'
import { awaitUntil } from '../system/await-until.ts'
import type { Scene } from './dashboard-world.ts'

const sagas = 10_000
/** Of each row on a desk, in px. */
const rowPx = 44
/** Those in sight at 900 px, those ahead, and as many again. */
const rowsMax = 120
const stepsMax = 400
/** Of the whole scroll, as browsers measure layout shifts; 0.1 is what passes for a steady page. */
const shiftMax = 0.01

type Sight = {
  readonly rows: number
  readonly first: number
  /** How far the first row stands from where its number says, px. */
  readonly off: number
  readonly rowCount: number
}

const look = (page: Page): Promise<Sight> =>
  page.evaluate(`(() => {
    const rows = [...document.querySelectorAll('tr.saga')]
    const first = Number(rows[0].getAttribute('aria-rowindex')) - 2
    const body = document.querySelector('tbody').getBoundingClientRect()
    const off = rows[0].getBoundingClientRect().top - body.top - first * ${rowPx}
    const rowCount = Number(document.querySelector('.saga-table').getAttribute('aria-rowcount'))
    return { rows: rows.length, first, off: Math.abs(off), rowCount }
  })()`)

const toTheEnd = `(() => {
  const box = document.querySelector('.table-box.fill')
  box.scrollTop = box.scrollHeight
})()`

export const tableScenes: readonly Scene[] = [
  [
    'a list of 10,000 sagas is scrolled to its end, and back by the keyboard',
    async (world) => {
      await fillSearch(world.db, sagas)
      onTestFinished(async () => {
        for (const table of ['saga_search', 'search_counts']) {
          await world.db.query(`delete from ${table} where name like 'saga-%' or name = 'rare'`)
        }
      })
      const { page, complaints } = await world.open('/sagas?startedBefore=2021-01-01T00:00:00.000Z')
      await page.getByText('key-10000').waitFor()
      await page.evaluate(`window.shifts = []
      new PerformanceObserver((list) => window.shifts.push(...list.getEntries().map((one) => one.value)))
        .observe({ type: 'layout-shift' })`)
      const box = page.getByLabel('Sagas found')
      let sight = await look(page)
      for (let step = 0; step < stepsMax && sight.rowCount === -1; step += 1) {
        await page.evaluate(toTheEnd)
        const { first } = sight
        sight = await awaitUntil('more rows are there', async () => {
          const next = await look(page)
          return (next.first > first || next.rowCount !== -1) && next
        })
        expect(sight.rows).toBeLessThan(rowsMax)
        expect(sight.off).toBeLessThan(1)
      }
      expect(sight.rowCount).toBe(sagas + 1)
      await page.evaluate(toTheEnd)
      await page.getByText('key-1', { exact: true }).waitFor()
      await box.focus()
      await page.keyboard.press('Home')
      await page.getByText('key-10000').waitFor()
      expect((await look(page)).rows).toBeLessThan(rowsMax)
      const shifts = (await page.evaluate('window.shifts')) as readonly number[]
      expect(shifts.reduce((sum, one) => sum + one, 0)).toBeLessThan(shiftMax)
      expect(complaints).toEqual([])
    },
  ],
]
