// An orchestrator's and a service's database with a saga of every kind, ended and living, written
// by the engine without any process. What is planted in a look is gone after it.
import { inject } from 'vitest'
import { createCipher } from '../../messaging/cipher.ts'
import type { Db, Tx } from '../../messaging/db.ts'
import { silentLog } from '../../messaging/log.ts'
import type { SagaId } from '../../messaging/message.ts'
import { messagingMigrations, migrate, shippedSet } from '../../messaging/migrate.ts'
import { type AuditReport, audit } from '../../orchestrator/audit/audit.ts'
import { childSagaId } from '../../orchestrator/coordinator/child-id.ts'
import { createRegistry } from '../../orchestrator/definition/registry.ts'
import type { SagaDefinition } from '../../orchestrator/definition/saga-definition.ts'
import { commandId } from '../../orchestrator/engine/command-id.ts'
import type { SagaEvent, Verb } from '../../orchestrator/engine/event.ts'
import { orchestratorMigrations } from '../../orchestrator/migrate-orchestrator.ts'
import { createRowCipher } from '../../orchestrator/store/row-cipher.ts'
import { openTestDatabases } from '../system/test-databases.ts'
import { receiptValues, replied, writeSaga } from '../system/written-sagas.ts'
import { errand, large, question, small, trip } from './audited-sagas.ts'

const idOf = (number: number) => `01900000-0000-7000-8000-00000000000${number}` as SagaId
const hourMs = 3_600_000

export const ids = {
  completed: idOf(1),
  compensated: idOf(2),
  unknown: idOf(3),
  terminated: idOf(4),
  running: idOf(5),
  stuck: idOf(6),
  holder: idOf(7),
  waiter: idOf(8),
  asked: idOf(9),
  parent: '01900000-0000-7000-8000-00000000000a' as SagaId,
} as const

type Name = keyof typeof ids

/** The orchestrator's, the service's, and one that should take no commands. */
type Urls = Readonly<Record<'sagas' | 'work' | 'twin', string>>

/** Of the child saga of `parent`; known once the world is there. */
export const childOf = (startedAt: number): SagaId =>
  childSagaId(
    commandId({ sagaId: ids.parent, step: 'child', visit: 1, direction: 'do' }),
    startedAt,
  )

const definitions: readonly SagaDefinition[] = [trip, errand, question, small, large]

export class AuditedWorld {
  readonly urls: Urls
  readonly childId: SagaId
  readonly #sagas: Db
  readonly #work: Db
  readonly #twin: Db
  readonly #dropAll: () => Promise<void>

  private constructor(given: {
    readonly urls: Urls
    readonly open: (url: string) => Db
    readonly dropAll: () => Promise<void>
    readonly childId: SagaId
  }) {
    this.urls = given.urls
    this.childId = given.childId
    this.#sagas = given.open(given.urls.sagas)
    this.#work = given.open(given.urls.work)
    this.#twin = given.open(given.urls.twin)
    this.#dropAll = given.dropAll
  }

  static async start(): Promise<AuditedWorld> {
    const { create, open, dropAll } = openTestDatabases(inject('postgresUrl'))
    const urls = {
      sagas: await create('audited_sagas'),
      work: await create('audited_work'),
      twin: await create('audited_twin'),
    }
    await migrate({ url: urls.sagas, sets: orchestratorMigrations, log: silentLog })
    const sets = [messagingMigrations, shippedSet('participant')]
    for (const url of [urls.work, urls.twin]) await migrate({ url, sets, log: silentLog })
    const now = Date.now()
    const childId = childOf(startOf('parent', now))
    const world = new AuditedWorld({ urls, open, dropAll, childId })
    await world.#fill(now)
    return world
  }

  stop(): Promise<void> {
    return this.#dropAll()
  }

  /** Runs SQL in one of the databases, for good. */
  async run(database: 'sagas' | 'work', sql: string): Promise<void> {
    await (database === 'sagas' ? this.#sagas : this.#work).query(sql)
  }

  /** What is found while these statements count: they are rolled back afterwards. */
  async lookWith(planted: Planted, loaded = definitions): Promise<AuditReport> {
    let report: AuditReport | null = null
    const enough = new Error('rolled back on purpose')
    const look = (txs: readonly Tx[]) => async (last: Tx) => {
      const [sagas, work, twin] = [...txs, last] as [Tx, Tx, Tx]
      if (planted.sagas !== undefined) await sagas.query(planted.sagas)
      if (planted.work !== undefined) await work.query(planted.work)
      if (planted.twin !== undefined) await twin.query(planted.twin)
      report = await lookAt({ sagas, work, twin }, loaded)
      throw enough
    }
    const looked = this.#sagas.transaction((sagas) =>
      this.#work.transaction((work) => this.#twin.transaction(look([sagas, work]))),
    )
    await looked.catch((error: unknown) => {
      if (error !== enough) throw error
    })
    if (report === null) throw new Error('nothing was looked at')
    return report
  }

  async #fill(now: number): Promise<void> {
    const receipts: string[] = []
    const write = async (definition: SagaDefinition, name: Name | 'child') => {
      const events = eventsOf(name, this.childId, startOf(name, now))
      const saga = await writeSaga(this.#sagas, { definition, businessKey: name, events })
      receipts.push(...receiptValues(saga).filter((row) => !row.includes("'child'")))
    }
    const trips = ['completed', 'compensated', 'unknown', 'terminated', 'running', 'stuck'] as const
    for (const name of trips) await write(trip, name)
    await write(errand, 'holder')
    await write(errand, 'waiter')
    await write(question, 'asked')
    await write(large, 'parent')
    await write(small, 'child')
    const places = [ids.holder, ids.waiter].map((id, at) => `('the-van', ${at + 1}, '${id}')`)
    await this.run('sagas', `insert into locks (key, position, saga_id) values ${places}`)
    await this.run('work', `insert into served_topics values ('sample.commands', 'work')`)
    const columns = 'saga_id, step, visit, state, body_hash'
    await this.run('work', `insert into fence (${columns}) values ${receipts.join(', ')}`)
  }
}

/** SQL by database. */
export type Planted = {
  readonly sagas?: string
  readonly work?: string
  readonly twin?: string
}

const cipher = createCipher([{ id: 'k', secret: Buffer.alloc(32, 7) }])

function lookAt(
  { sagas, work, twin }: Readonly<Record<keyof Urls, Tx>>,
  loaded: readonly SagaDefinition[],
): Promise<AuditReport> {
  const registry = createRegistry(loaded)
  return audit({
    db: within(sagas),
    services: [
      { name: 'work', db: within(work) },
      { name: 'twin', db: within(twin) },
    ],
    registry,
    rows: createRowCipher(registry, cipher),
    scope: { type: 'all' },
    readEvents: null,
  })
}

/** Ended ones long ago; living ones so lately that nothing is due. */
function startOf(name: Name | 'child', now: number): number {
  const isLiving = ['running', 'stuck', 'holder', 'waiter', 'asked'].includes(name)
  return isLiving ? now - 10_000 : now - 48 * hourMs
}

function eventsOf(name: Name | 'child', childId: SagaId, startedAt: number) {
  const id = name === 'child' ? childId : ids[name]
  const started: SagaEvent = { type: 'started', sagaId: id, input: { amount: 7 } }
  const ok = (command: string) => replied(id, command, 'succeeded')
  const no = (command: string) => replied(id, command, 'refused', 'no')
  const pair = { sagaId: ids.parent, step: 'child', visit: 1 }
  const parent = { ...pair, commandId: commandId({ ...pair, direction: 'do' }), attempt: 1 }
  const events: Readonly<Record<Name | 'child', readonly SagaEvent[]>> = {
    completed: [started, ok('a/do'), ok('b/do'), ok('pay/do'), ok('tell/do')],
    compensated: [started, ok('a/do'), ok('b/do'), no('pay/do'), ok('b/undo'), ok('a/undo')],
    unknown: [started, ok('a/do'), { type: 'woken' }, ok('b/undo'), ok('a/undo')],
    terminated: [started, ok('a/do'), operated('terminate')],
    running: [started, ok('a/do')],
    stuck: [started, ok('a/do'), ok('b/do'), ok('pay/do'), no('tell/do')],
    holder: [started, { type: 'locked' }],
    waiter: [started],
    asked: [started, ok('a/do')],
    parent: [started, ok('child/do'), ok('b/do')],
    child: [{ ...started, parent: { ...parent, replyTo: 'sagaline.replies' } }, ok('a/do')],
  }
  const stepMs = name === 'unknown' ? 2 * hourMs : 100
  return events[name].map((event, index) => ({ event, at: startedAt + index * stepMs }))
}

function operated(verb: Exclude<Verb, 'skip'>): SagaEvent {
  return { type: 'operated', verb, requestId: 'r1', actor: 'ann', reason: 'why not' }
}

/** A transaction that stands for a database; it is one snapshot of itself already. */
function within(tx: Tx): Db {
  const query: Tx['query'] = (sql, values) =>
    typeof sql === 'string' && sql.startsWith('set transaction')
      ? Promise.resolve({ rows: [], rowCount: 0 })
      : tx.query(sql, values)
  const nested = { ...tx, query } as Tx
  return {
    query,
    transaction: (work) => work(nested),
    listen: () => Promise.reject(new Error('not here')),
    problem: async () => null,
    usage: () => ({ open: 1, idle: 0, waiting: 0 }),
    stop: async () => undefined,
  }
}
