// Looks at the system once it is at rest: the auditor of the product, the audit of the order system
// in SQL, lifecycle and domain events against their topics, the read model, dead letters, money, and
// what must not be left over.
import { type Db, openDb } from '../../messaging/db.ts'
import { generationsOf, startOver } from '../../participant/index.ts'
import { consumer } from '../../services/customers-view/order-rows.ts'
import { type AnsweredStart, auditOrders } from '../system/audit.ts'
import { auditEvents } from '../system/audit-events.ts'
import { auditLifecycle } from '../system/audit-lifecycle.ts'
import { auditView, viewGroup, viewTopics } from '../system/audit-view.ts'
import { awaitUntil } from '../system/await-until.ts'
import { RawKafka } from '../system/raw-kafka.ts'
import type { ChaosWorld } from './chaos-world.ts'
import { type DeadLetter, deadLettersSql } from './dead-letters.ts'
import type { ChaosDatabases } from './members.ts'
import type { Findings, Violation } from './verdict.ts'

export type Examined = Pick<Findings, 'letters' | 'money' | 'leftovers' | 'breaches'>

const quietLimitMs = 60_000
const groups = [
  { groupId: 'sagaline', topics: ['sagaline.replies'] },
  { groupId: 'sagaline.starts', topics: ['sagaline.starts'] },
  { groupId: 'sagaline.signals', topics: ['sagaline.signals'] },
  { groupId: 'orders', topics: ['orders.commands'] },
  { groupId: 'payments', topics: ['payments.commands'] },
]

/** Of each database: what a system at rest has none of. */
const restless = {
  sagas: ['timers', 'publish_batches', 'outbox', 'held_events', 'held_starts', 'locks'],
  orders: ['outbox'],
  payments: ['outbox'],
  view: ['outbox'],
} as const

type Dbs = Readonly<Record<keyof ChaosDatabases, Db>>

export async function examine(
  world: ChaosWorld,
  starts: readonly AnsweredStart[],
): Promise<Examined> {
  const { databases, kafka } = world
  const open = (url: string) => {
    return openDb({ url, applicationName: 'chaos', connectionsMax: 2, statementTimeoutMs: 60_000 })
  }
  const dbs: Dbs = {
    sagas: open(databases.sagas),
    orders: open(databases.orders),
    payments: open(databases.payments),
    view: open(databases.view),
  }
  const raw = new RawKafka(kafka.brokers)
  await raw.start()
  try {
    const problems = await awaitRest(dbs, raw)
    return {
      letters: await readLetters(dbs),
      money: await countMoney(dbs),
      leftovers: await countLeftovers(dbs),
      breaches: [...problems, ...(await auditAll(world, { dbs, raw, starts }))],
    }
  } finally {
    await raw.stop()
    await Promise.all(Object.values(dbs).map((db) => db.stop()))
  }
}

/** Nothing waits to be published or to be read; what does not come to rest is a violation. */
async function awaitRest(dbs: Dbs, raw: RawKafka): Promise<readonly Violation[]> {
  const problems: Violation[] = []
  const rest = async (what: string, probe: () => Promise<boolean>) => {
    await awaitUntil(what, probe, quietLimitMs).catch((error: Error) => {
      problems.push({ name: 'not-at-rest', subject: error.message })
    })
  }
  await rest('nothing waits to be published', async () => {
    return Object.values(await countLeftovers(dbs)).every((count) => count === 0)
  })
  const ofView = { groupId: await viewGroup(dbs.view), topics: viewTopics }
  for (const { groupId, topics } of [...groups, ofView]) {
    await rest(`${groupId} has no lag`, async () => {
      const behind = await raw.behind(groupId, topics)
      if (behind.length > 0) throw new Error(JSON.stringify(behind))
      return true
    })
  }
  return problems
}

async function countLeftovers(dbs: Dbs): Promise<Findings['leftovers']> {
  const counts: Record<string, number> = {}
  for (const [name, tables] of Object.entries(restless)) {
    const db = dbs[name as keyof Dbs]
    for (const table of tables) {
      const { rows } = await db.query<{ readonly count: number }>(
        `select count(*)::int as count from ${table}`,
      )
      counts[`${name}.${table}`] = rows[0]?.count ?? 0
    }
    const { rows } = await db.query<{ readonly count: number }>(
      `select count(*)::int as count from pg_stat_activity
       where datname = current_database() and state like 'idle in transaction%'
         and state_change < clock_timestamp() - interval '5 s'`,
    )
    counts[`${name}: transactions that sit idle`] = rows[0]?.count ?? 0
  }
  return counts
}

async function readLetters(dbs: Dbs): Promise<readonly DeadLetter[]> {
  const all = await Promise.all(
    Object.values(dbs).map((db) => db.query<DeadLetter>(deadLettersSql)),
  )
  return all.flatMap(({ rows }) => rows)
}

async function countMoney({ orders, payments }: Dbs): Promise<Findings['money']> {
  const sum = async (db: Db, from: string) => {
    const sql = `select coalesce(sum(amount), 0)::float8 as sum from ${from}`
    return (await db.query<{ readonly sum: number }>(sql)).rows[0]?.sum ?? 0
  }
  return {
    sold: await sum(orders, `orders where status = 'COMPLETED'`),
    taken: await sum(payments, `payments where status = 'TAKEN'`),
  }
}

async function auditAll(
  { databases }: ChaosWorld,
  given: {
    readonly dbs: Dbs
    readonly raw: RawKafka
    readonly starts: readonly AnsweredStart[]
  },
): Promise<readonly Violation[]> {
  const { dbs, raw, starts } = given
  // Every dead letter is judged by its mark instead.
  const rows = (await auditOrders(databases, starts)).filter(({ name }) => name !== 'dead-letters')
  const said = [...(await auditEvents(raw, dbs)), ...(await auditLifecycle(raw, dbs.sagas))]
  const viewed = [...(await auditView(dbs)), ...(await auditRebuilt(dbs))]
  return [
    ...rows,
    ...said.map((subject) => ({ name: 'topic', subject })),
    ...viewed.map((subject) => ({ name: 'view.differs', subject })),
  ]
}

/** The view from the beginning of its topics: what the faults left of it must not count. */
async function auditRebuilt(dbs: Dbs): Promise<readonly string[]> {
  const generation = await startOver(dbs.view, consumer)
  const isServing = async () => {
    const all = await generationsOf(dbs.view, consumer)
    return all.some((one) => one.generation === generation && one.state === 'serving')
  }
  return awaitUntil('the view is rebuilt', isServing, quietLimitMs).then(
    async () => (await auditView(dbs)).map((line) => `rebuilt: ${line}`),
    (error: Error) => [error.message],
  )
}
