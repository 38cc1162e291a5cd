// How much of what some work made outlives two collections of the young heap, as a process of its own
// with a small one: prints it as a share, from 0 to 1. The whole heap may be collected as well.
import { GCProfiler } from 'node:v8'
import pg from 'pg'
import { openDb } from '../../messaging/db.ts'
import { PassingMap, PassingSet } from '../../messaging/passing.ts'

type Heap = ReturnType<GCProfiler['stop']>['statistics'][number]['beforeGC']

const [, , work = '', url = ''] = process.argv

const churnedEntries = 60_000
const keptAtOnce = 200
const statements = 3_000

const pause = () => new Promise((resolve) => setImmediate(resolve))
/** Some 8 KB. */
const payload = () => Array.from({ length: 200 }, (_, index) => ({ index }))

async function churn(add: (at: number) => void, remove: (at: number) => void): Promise<void> {
  for (let at = 0; at < churnedEntries; at += 1) {
    add(at)
    if (at >= keptAtOnce) remove(at - keptAtOnce)
    if (at % 20 === 0) await pause()
  }
}

type Churned = {
  readonly set: (key: number, value: object) => unknown
  readonly delete: (key: number) => unknown
}

function churnMap(map: Churned): Promise<void> {
  return churn(
    (at) => map.set(at, payload()),
    (at) => map.delete(at),
  )
}

function churnSet<Kept extends object>(add: (value: object) => Kept, remove: (kept: Kept) => void) {
  const all: Kept[] = []
  return churn(
    () => all.push(add(payload())),
    () => {
      const first = all.shift()
      if (first !== undefined) remove(first)
    },
  )
}

async function ask(query: (values: unknown[]) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < statements; at += 1) {
    await query([JSON.stringify({ at, payload: payload() })])
  }
}

const text = 'select $1::text as echo'

const works: Readonly<Record<string, () => Promise<void>>> = {
  map: () => churnMap(new Map()),
  'passing map': () => churnMap(new PassingMap()),
  set: () => {
    const set = new Set<object>()
    const add = (value: object) => {
      set.add(value)
      return value
    }
    return churnSet(add, (value) => set.delete(value))
  },
  'passing set': () => {
    const set = new PassingSet<object>()
    return churnSet(
      (value) => set.add(value),
      (shell) => set.delete(shell),
    )
  },
  pg: async () => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    await ask((values) => client.query({ text, values }))
    await client.end()
  },
  'a statement': async () => {
    const db = openDb({ url, applicationName: 'heap', connectionsMax: 1 })
    await ask((values) => db.query(text, values))
    await db.stop()
  },
  'a transaction': async () => {
    const db = openDb({ url, applicationName: 'heap', connectionsMax: 1 })
    await ask((values) => db.transaction((tx) => tx.query(text, values)))
    await db.stop()
  },
}

const used = ({ heapSpaceStatistics }: Heap, name: string) =>
  heapSpaceStatistics.find(({ spaceName }) => spaceName === name)?.spaceUsedSize ?? 0

const profiler = new GCProfiler()
profiler.start()
const chosen = works[work]
if (chosen === undefined) throw new Error(`no such work: ${work}`)
await chosen()
const collections = profiler.stop().statistics.filter(({ gcType }) => gcType === 'Scavenge')
const sum = (of: (one: (typeof collections)[number]) => number) =>
  collections.reduce((all, one) => all + of(one), 0)
const young = sum(({ beforeGC }) => used(beforeGC, 'new_space'))
const old = sum(({ beforeGC, afterGC }) => used(afterGC, 'old_space') - used(beforeGC, 'old_space'))
console.log(old / young)
