// The order system as processes for a test: on the Kafka and Postgres of the run unless others are
// given, with limits under which any lost message would make the test wait until it fails.
import { inject } from 'vitest'
import type { Db } from '../../messaging/db.ts'
import { type OrderSystem, startOrderSystem } from '../../services/system/order-system.ts'
import { SystemProcess } from '../../services/system/system-process.ts'
import { freePort } from '../services/free-port.ts'
import { workerBrokers } from '../worker-kafka.ts'
import { type AuditedView, auditView, viewGroup, viewTopics } from './audit-view.ts'
import type { AuditedDatabases } from './audited-rows.ts'
import { awaitUntil } from './await-until.ts'
import { RawKafka } from './raw-kafka.ts'
import { SagaClient } from './saga-client.ts'
import { openTestDatabases } from './test-databases.ts'

export type OrderWorldOptions = {
  readonly orchestrators?: number
  readonly paymentServices?: number
  /** With the view of customers' orders. */
  readonly hasView?: boolean
  readonly environment?: Readonly<Record<string, string>>
  readonly brokers?: readonly string[]
  readonly postgresUrl?: string
}

/** A step's timeout: far beyond the limit of any test, so that waiting for one shows. */
const neverMs = '600000'

const environment = {
  // The least that a broker allows by default: a killed process keeps its partitions so long.
  KAFKA_SESSION_TIMEOUT_MS: '6000',
  STEP_TIMEOUT_MS: neverMs,
  STEP_ATTEMPTS: '1',
  LOG_LEVEL: 'warn',
}

export const orderTopics = [
  'orders.commands',
  'payments.commands',
  'orders.events',
  'payments.events',
  'sagaline.replies',
  'sagaline.starts',
  'sagaline.events',
  'sagaline.signals',
]

const groups = [
  { groupId: 'sagaline', topics: ['sagaline.replies'] },
  { groupId: 'orders', topics: ['orders.commands'] },
  { groupId: 'payments', topics: ['payments.commands'] },
]

export class OrderWorld {
  readonly system: OrderSystem
  readonly databases: AuditedDatabases
  readonly kafka: RawKafka
  readonly client: SagaClient
  /** Pools on the three databases, for looking. */
  readonly dbs: Readonly<Record<keyof AuditedDatabases, Db>>
  /** On the view's, where there is one. */
  readonly viewDb: Db | null
  /** Log lines of the processes, newest last, for the message of a failure. */
  readonly lines: string[]
  /** Where starts go, in turn. */
  targets: readonly SystemProcess[]
  readonly #environment: Readonly<Record<string, string>>
  readonly #dropAll: () => Promise<void>
  readonly #extra: SystemProcess[] = []
  #turn = 0

  private constructor(given: {
    system: OrderSystem
    kafka: RawKafka
    open: (url: string) => Db
    dropAll: () => Promise<void>
    environment: Readonly<Record<string, string>>
    lines: string[]
  }) {
    const { system, kafka, open } = given
    this.system = system
    this.kafka = kafka
    this.databases = system.databases
    this.lines = given.lines
    this.targets = system.orchestrators
    this.#environment = given.environment
    this.#dropAll = given.dropAll
    this.dbs = {
      sagas: open(system.databases.sagas),
      orders: open(system.databases.orders),
      payments: open(system.databases.payments),
    }
    this.viewDb = system.view && open(system.view.database)
    this.client = new SagaClient(() => this.#nextUrl())
  }

  static async start(options: OrderWorldOptions = {}): Promise<OrderWorld> {
    const brokers = options.brokers ?? workerBrokers()
    const databases = openTestDatabases(options.postgresUrl ?? inject('postgresUrl'))
    const lines: string[] = []
    const kafka = new RawKafka(brokers)
    await kafka.start()
    await kafka.empty(orderTopics)
    const settings = { ...environment, ...options.environment }
    const system = await startOrderSystem({
      parts: { kafka: { brokers }, createDatabase: (name) => databases.create(name) },
      report: () => undefined,
      environment: settings,
      onLine: (name, line) => remember(lines, name, line),
      orchestrators: options.orchestrators ?? 1,
      paymentServices: options.paymentServices ?? 1,
      ...(options.hasView && { viewPort: await freePort() }),
    })
    const { open, dropAll } = databases
    const shared = { ...settings, KAFKA_BROKERS: brokers.join(',') }
    const world = new OrderWorld({ system, kafka, open, dropAll, environment: shared, lines })
    await awaitUntil('every orchestrator is ready', () => world.isReady())
    return world
  }

  /** A program of the test's own beside the system, with the settings of the one it stands for. */
  addProcess(
    name: string,
    program: { readonly path: string; readonly args: readonly string[] },
    own: Readonly<Record<string, string>>,
  ): SystemProcess {
    const added = new SystemProcess({
      name,
      program: program.path,
      args: program.args,
      environment: { ...this.#environment, ...own },
      onLine: (line) => remember(this.lines, name, line),
    })
    this.#extra.push(added)
    return added
  }

  async isReady(): Promise<boolean> {
    const answers = await Promise.all(
      this.targets.map(({ url }) => new SagaClient(() => url).ready()),
    )
    return answers.every(({ status }) => status === 200)
  }

  /** Resolves when nothing is on its way any more: then the audit may look. */
  async awaitQuiet(limitMs?: number): Promise<void> {
    await awaitUntil('nothing waits to be published', () => this.#isAllPublished(), limitMs)
    for (const { groupId, topics } of groups) {
      const lag = () => this.kafka.lag(groupId, topics)
      await awaitUntil(`${groupId} has no lag`, async () => (await lag()) === 0, limitMs)
    }
  }

  /** What the view says otherwise than the owners' databases, once it has read everything. */
  async auditView(): Promise<readonly string[]> {
    const { viewDb: view } = this
    if (view === null) throw new Error('this world has no view')
    const dbs: AuditedView = { ...this.dbs, view }
    await awaitUntil('the view has no lag', async () => {
      return (await this.kafka.lag(await viewGroup(view), viewTopics)) === 0
    })
    return auditView(dbs)
  }

  async stop(): Promise<void> {
    await Promise.all([this.system.stop(), ...this.#extra.map((process) => process.stop())])
    await this.kafka.stop()
    await this.#dropAll()
  }

  async #isAllPublished(): Promise<boolean> {
    const { sagas, orders, payments } = this.dbs
    const counts = await Promise.all([
      sagas.query('select 1 from publish_batches'),
      orders.query('select 1 from outbox'),
      payments.query('select 1 from outbox'),
    ])
    return counts.every(({ rowCount }) => rowCount === 0)
  }

  #nextUrl(): string {
    const alive = this.targets.filter(({ pid }) => pid !== null)
    this.#turn += 1
    return alive[this.#turn % Math.max(alive.length, 1)]?.url ?? 'http://127.0.0.1:9'
  }
}

const linesKept = 200
const lineLengthKept = 500

function remember(lines: string[], name: string, line: string): void {
  lines.push(`${name}: ${line.slice(0, lineLengthKept)}`)
  if (lines.length > linesKept) lines.shift()
}
