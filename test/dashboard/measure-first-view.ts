// `npm run bench:dashboard`: how long the first view takes where there are a million sagas, in a browser
// that was never here: the time of the browser itself, from the navigation to the data in the page.
import { fillSearch } from '../../bench/made-sagas.ts'
import { buildDashboard } from '../../local/dashboard-build.ts'
import { startLocalParts } from '../../local/local-parts.ts'
import { openDb } from '../../messaging/db.ts'
import { startOrderSystem } from '../../services/system/order-system.ts'
import { TestBrowser } from './browser.ts'
import { firstViews } from './first-view.ts'

const sagas = Number(process.argv[2] ?? 1_000_000)
const rounds = 10
const limitS = 1

const report = (line: string) => console.log(`  ${line}`)

await buildDashboard()
const parts = await startLocalParts({ report })
try {
  const system = await startOrderSystem({ parts, report, environment: { LOG_LEVEL: 'warn' } })
  const db = openDb({
    url: system.databases.sagas,
    applicationName: 'bench-dashboard',
    connectionsMax: 1,
    statementTimeoutMs: 600_000,
  })
  report(`making ${sagas} sagas`)
  await fillSearch(db, sagas)
  const browser = await TestBrowser.start()
  await firstViews(browser, system.url, 1)
  const measured = await firstViews(browser, system.url, rounds)
  await browser.stop()
  await db.stop()
  await system.stop()
  const rows = measured.map(({ view, seconds }) => {
    const sorted = seconds.toSorted((a, b) => a - b)
    const at = (share: number) => Number((sorted[Math.floor(share * rounds)] ?? 0).toFixed(2))
    return { view, 'p50 s': at(0.5), 'p95 s': at(0.95), 'longest s': at(0.999) }
  })
  console.table(rows)
  const isSlow = rows.some((row) => row['p50 s'] >= limitS)
  if (isSlow) console.log(`a first view takes ${limitS} s or longer`)
  process.exitCode = isSlow ? 1 : 0
} finally {
  await parts.stop()
}
