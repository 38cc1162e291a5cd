// `node local/bootstrap.mjs bench/search.ts`: searches over REST among a million sagas, each kind by
// itself, with the p50 and p95 of its answers, and the CPU time of one in Postgres and orchestrator,
// which also a busy machine tells. The sagas are rows made by SQL; the orchestrator is the real one.

import { startLocalParts } from '../local/local-parts.ts'
import { openDb } from '../messaging/db.ts'
import { startOrderSystem } from '../services/system/order-system.ts'
import { fillSearch } from './made-sagas.ts'
import { cpuByKind } from './measure.ts'
import { type ProcessKinds, readUsage } from './process-usage.ts'

const sagas = Number(process.argv[2] ?? 1_000_000)
const rounds = 100
const limitP95Ms = 50

const report = (line: string) => console.log(`  ${line}`)

/** What is common has many matches, what is rare a few, and what is gone none. */
const searches: Readonly<Record<string, string>> = {
  'all, newest first': '',
  'a common name': 'name=saga-1',
  'a rare name': 'name=rare',
  'a common status': 'status=completed',
  'a rare status': 'status=stuck',
  'two statuses': 'status=stuck&status=paused',
  'name and status': 'name=saga-2&status=compensated',
  'name, version and status': 'name=saga-2&version=1&status=stuck',
  'a step': 'step=step-3',
  'a step of a name': 'name=saga-1&step=step-3',
  'age: old and running': 'status=running&startedBefore=2020-03-01T00:00:00Z',
  'a common attribute': 'attribute=country:1',
  'a rare attribute': 'attribute=customer:77777',
  'an attribute and a status': 'attribute=country:1&status=stuck',
  'a common word of errors': 'error=declined',
  'rare words of errors': 'error=code%20e4242',
  'words and a status': 'error=declined&status=stuck',
  'nothing like it': 'attribute=customer:none',
}

const parts = await startLocalParts({ report, isForLoad: true })
try {
  const system = await startOrderSystem({ parts, report, environment: { LOG_LEVEL: 'warn' } })
  const db = openDb({
    url: system.databases.sagas,
    applicationName: 'bench-search',
    connectionsMax: 1,
    statementTimeoutMs: 600_000,
  })
  report(`making ${sagas} sagas`)
  await fillSearch(db, sagas)
  const processes = () => ({
    postgres: parts.postgres.processIds(),
    orchestrator: system.orchestrators.flatMap(({ pid }) => pid ?? []),
  })
  const measured: Record<string, Answers> = {}
  for (const [what, query] of Object.entries(searches)) {
    measured[what] = await measure(`${system.url}/sagas?${query}`, processes)
  }
  measured['counts'] = await measure(`${system.url}/saga-counts`, processes)
  console.table(measured)
  await db.stop()
  await system.stop()
  const slow = Object.entries(measured).filter(([, { p95Ms }]) => p95Ms >= limitP95Ms)
  for (const [what] of slow) console.log(`over ${limitP95Ms} ms: ${what}`)
  process.exitCode = slow.length === 0 ? 0 : 1
} finally {
  await parts.stop()
}

type Answers = { readonly p50Ms: number; readonly p95Ms: number; readonly cpuMs: number }

async function measure(url: string, processes: () => ProcessKinds): Promise<Answers> {
  const before = readUsage(processes())
  const times: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const startedAt = performance.now()
    const response = await fetch(url)
    await response.arrayBuffer()
    times.push(performance.now() - startedAt)
    if (!response.ok) throw new Error(`${url} is answered with ${response.status}`)
  }
  const used = Object.values(cpuByKind(before, readUsage(processes()), rounds))
  times.sort((a, b) => a - b)
  const at = (part: number) => Number((times[Math.floor(rounds * part)] ?? 0).toFixed(1))
  // CPU-seconds of a thousand answers are milliseconds of one.
  const cpuMs = Number(used.reduce((sum, one) => sum + one, 0).toFixed(1))
  return { p50Ms: at(0.5), p95Ms: at(0.95), cpuMs }
}
