// Each statement of the product does in the simulated store what it does in Postgres: the same
// rows and errors, and the same tables afterwards, for random contents and parameters.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Db, openDb, type Row, type Tx } from '../../messaging/db.ts'
import { createTestDatabase, type TestDatabase } from '../participant/test-database.ts'
import { createSimServer } from '../simulate/store/sim-server.ts'
import { productStatements } from '../simulate/store/statements.ts'
import { findAnonymousStatements, findNamedStatements } from './find-statements.ts'
import { createRandom } from './random.ts'
import { type Contents, randomContents } from './random-contents.ts'
import { sagaCases } from './saga-statement-cases.ts'
import {
  messagingCases,
  participantCases,
  type StatementCase,
  serviceCases,
} from './statement-cases.ts'
import {
  type Dump,
  dumpReal,
  dumpSimulated,
  loadReal,
  loadSimulated,
  stableText,
} from './statement-rows.ts'

/** What no saga moves by, left to the real store: see docs/decisions/0013-simulated-store.md. */
const leftToPostgres = [
  ...['locks.list', 'locks.list-one', 'sagas.list.*', 'sagas.name', 'access-audit.insert'],
  ...['bulk-items.list', 'bulk-items.open', 'bulk-items.progress', 'bulk-items.settle'],
  ...['bulk-jobs.by-key', 'bulk-jobs.cancel', 'bulk-jobs.claim', 'bulk-jobs.find'],
  ...['bulk-jobs.finish', 'bulk-jobs.insert', 'bulk-jobs.list', 'bulk-jobs.release'],
  ...['bulk-jobs.renew', 'bulk-jobs.unended', 'saga-feed.ends', 'saga-feed.news'],
  ...['saga-feed.page', 'saga-feed.prune', 'event-followers.lag', 'event-followers.leave'],
  ...['event-followers.say', 'search-pass.ask', 'search-pass.lease', 'search-pass.move'],
  ...['search-pass.page', 'search.counts', 'search.lock', 'search.recount', 'search.write'],
  ...['list-dead-letters', 'newest-dead-letter', 'replay-dead-letters', 'settle-dead-letter'],
  ...['find-dead-letter', 'find-dead-letter-changes', 'lock-dead-letter', 'edit-dead-letter'],
  ...['parked-dead-letters', 'claim-replays', 'settle-replays', 'refuse-replay'],
  ...['api-keys.insert', 'api-keys.list', 'api-keys.revoke', 'api-keys.usable'],
  ...['group-members.hold', 'group-members.is-free', 'group-members.dead'],
  ...['group-members.join', 'group-members.forget', 'unpublished.look'],
  ...['history.messages', 'saga-logs.cut', 'saga-logs.insert', 'saga-logs.page'],
  ...['saga-logs.sagas', 'served-definitions.find', 'served-definitions.leave'],
  'served-definitions.retire',
  ...['stats.add-partitions', 'stats.add-windows', 'stats.between', 'stats.cut-*'],
  ...['stats.cut-windows', 'stats.lock-partitions', 'stats.sagas', 'stats.write-partitions'],
  ...['stats.write-sagas', 'history.recorded'],
  ...['customer-orders.discard', 'customer-orders.find', 'customer-orders.list'],
  ...['customer-orders.merge', 'event-consumers.ensure', 'event-consumers.hold'],
  ...['event-consumers.hold-retired', 'event-consumers.list', 'event-consumers.remove'],
  ...['event-consumers.retire', 'event-consumers.serve', 'event-consumers.start-over'],
  ...['event-consumers.state', 'event-positions.behind', 'event-positions.move'],
  'event-positions.lock',
  ...['event-positions.newest', 'inbox.delete-generation', 'inbox.delete-old', 'inbox.insert'],
  ...['stats.write-sagas', 'history.recorded', 'archive.sagas', 'archive.history'],
  ...['history-parts.list', 'history-parts.ahead', 'history-parts.make', 'history-parts.gone'],
  ...['history-parts.rest', 'history-parts.holders', 'history-parts.sagas'],
  ...['history-parts.mark', 'history-parts.page', 'history-parts.remove-sagas'],
  ...['history-parts.lock-search', 'history-parts.finish', 'history-parts.attached'],
  ...['history-parts.remove-keys', 'history-parts.remove-jobs', 'subject-keys.find'],
  ...['subject-keys.insert', 'subject-keys.load', 'subject-keys.hold', 'subject-keys.note'],
  ...['subject-keys.lock', 'subject-keys.needing', 'subject-keys.destroy'],
]

const roundsPerCase = 10
/** More of them until every statement was reached. */
const roundsMax = 20
const seedMax = 1_000_000

let database: TestDatabase
let real: Db

beforeAll(async () => {
  const sets = ['messaging', 'orchestrator', 'participant', 'orders', 'payments']
  database = await createTestDatabase(sets)
  real = openDb({ url: database.url, applicationName: 'statements', connectionsMax: 1 })
})

afterAll(async () => {
  await real.stop()
  await database.drop()
})

/** What a statement was asked and answered. */
type Told = {
  readonly name: string
  readonly values: readonly unknown[]
  readonly answer: unknown
}

type Outcome = { readonly told: readonly Told[]; readonly tables: Dump }

const told = new Set<string>()

describe('the simulated store', () => {
  const cases = { ...messagingCases, ...participantCases, ...serviceCases, ...sagaCases }

  test.each(Object.entries(cases))('does what Postgres does: %s', async (_, run) => {
    for (let round = 0; round < roundsPerCase; round += 1) await compare(run)
  })

  test('has a case for each statement of the product', async () => {
    const expected = findNamedStatements().filter((name) => !leftToPostgres.includes(name))
    // Some are only reached where the random contents lead there.
    const isMissing = () => expected.some((name) => !told.has(name))
    for (let round = 0; round < roundsMax && isMissing(); round += 1) {
      for (const run of Object.values(cases)) await compare(run)
    }
    expect([...told].filter((name) => !name.startsWith('set local')).toSorted()).toEqual(expected)
  })

  test('knows no statement that the product does not have', () => {
    const known = Object.keys(productStatements).filter((name) => name !== 'select 1')
    const there = findNamedStatements().filter((name) => !leftToPostgres.includes(name))
    expect(known.toSorted()).toEqual(there)
  })

  test('knows the statements without a name, but those of starts', () => {
    expect(findAnonymousStatements()).toEqual([
      'alter table history detach',
      'begin',
      'commit',
      'do $$ declare next',
      'drop table if exists',
      'listen *',
      'rollback',
      'select 1',
      'select clock_timestamp() as now',
      'select count(*)::int as used',
      'select count(*)::integer as sagas',
      'select name from public.*',
      'select name, setting from',
      'select pg_is_in_recovery() as standby,',
      "select split_part(version(), ' on",
      'select status, customer_id as',
      'select to_regclass($1) as found',
      'set local lock_timeout =',
      'set local statement_timeout =',
    ])
  })
})

async function compare(run: StatementCase): Promise<void> {
  const seed = Math.floor(Math.random() * seedMax)
  const hour = Math.floor(Date.now() / 3_600_000) * 3_600_000
  const contents = randomContents(createRandom(seed, hour))
  const values = () => createRandom(seed + 1, hour)
  const window = { from: 0, to: 0 }
  const wanted = await onReal(contents, window, (tx) => run(tx, values()))
  const found = await onSimulated(contents, window.from, (tx) => run(tx, values()))
  for (const { name } of wanted.told) told.add(name)
  const margin = window.to - window.from + 1
  expect(alike(found, wanted, margin), `seed ${seed}`).toEqual(wanted)
}

type Work = (tx: Tx & Db) => Promise<unknown>

/** All in a transaction that is rolled back; a savepoint outlives the statement that fails. */
async function onReal(
  contents: Contents,
  window: { from: number; to: number },
  work: Work,
): Promise<Outcome> {
  let outcome: Outcome | undefined
  const isDone = new Error('rolled back')
  const text = 'select extract(epoch from clock_timestamp())::float8 * 1000 as ms'
  const clock = { name: 'clock', text }
  const now = async (tx: Tx) => (await tx.query<{ ms: number }>(clock)).rows[0]?.ms ?? 0
  const transaction = real.transaction(async (tx) => {
    await loadReal(tx, contents)
    void tx.query('savepoint loaded')
    window.from = Math.floor(await now(tx))
    const told = await record(tx, work)
    if (told.some(isFailed)) void tx.query('rollback to savepoint loaded')
    window.to = Math.ceil(await now(tx))
    outcome = { told, tables: await dumpReal(tx, Object.keys(contents)) }
    throw isDone
  })
  await transaction.catch((error: unknown) => {
    if (error !== isDone) throw error
  })
  return outcome as Outcome
}

async function onSimulated(contents: Contents, now: number, work: Work): Promise<Outcome> {
  const wait = async () => undefined
  const server = createSimServer({ clock: { now: () => new Date(now), wait } })
  const simulated = server.database('statements')
  loadSimulated(simulated, contents)
  let told: readonly Told[] = []
  const db = server.connect('statements', 'test')
  const done = db.transaction(async (tx) => {
    told = await record(tx, work)
  })
  await done.catch((error: unknown) => {
    if (!told.some(isFailed)) throw error
  })
  return { told, tables: dumpSimulated(simulated) }
}

const isFailed = ({ answer }: Told) => 'code' in (answer as object)

/** Rows whose order the statement does not promise are sorted. */
async function record(tx: Tx, work: Work): Promise<readonly Told[]> {
  const told: Promise<Told>[] = []
  const query = (sql: { readonly name?: string; readonly text: string }, values = []) => {
    const asked = { name: sql.name ?? String(sql), values }
    const done = tx.query(sql, values)
    const isOrdered = /order by [^()]+$/.test(sql.text ?? '')
    told.push(
      done.then(
        ({ rows, rowCount }) => ({
          ...asked,
          answer: { rows: inOrder(rows, isOrdered), rowCount },
        }),
        ({ code, constraint }) => ({ ...asked, answer: { code, constraint } }),
      ),
    )
    return done
  }
  await work({ query } as never).catch((error: { readonly code?: string }) => {
    if (error.code === undefined) throw error
  })
  return Promise.all(told)
}

function inOrder(rows: readonly Row[], isOrdered: boolean): readonly Row[] {
  if (isOrdered) return rows
  return rows.toSorted((one, other) => (stableText(one) < stableText(other) ? -1 : 1))
}

const earliestMs = 1e12

/**
 * `found` with the real one's times where it stood still: what the clock has written may be later
 * there, by no more than the statement took.
 */
function alike(found: unknown, wanted: unknown, margin: number): unknown {
  if (found instanceof Date && wanted instanceof Date) {
    return isLater(found.getTime(), wanted.getTime(), margin) ? wanted : found
  }
  if (typeof found === 'number' && typeof wanted === 'number' && found > earliestMs) {
    return isLater(found, wanted, margin) ? wanted : found
  }
  if (Array.isArray(found) && Array.isArray(wanted)) {
    return found.map((one, at) => alike(one, wanted[at], margin))
  }
  if (!isPlain(found) || !isPlain(wanted)) return found
  return Object.fromEntries(
    Object.entries(found).map(([name, value]) => [name, alike(value, wanted[name], margin)]),
  )
}

function isLater(found: number, wanted: number, margin: number): boolean {
  return wanted >= found - 1 && wanted - found <= margin
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Buffer.isBuffer(value)
}
