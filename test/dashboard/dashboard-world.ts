// What the tests of the dashboard share: an orchestrator with real Kafka and Postgres, the shop, the
// built page, and a browser that looks at it.
import { buildDashboard } from '../../local/dashboard-build.ts'
import type { Db } from '../../messaging/db.ts'
import type { SagaStatus } from '../../orchestrator/engine/saga.ts'
import { EngineWorld, type RunningOrchestrator } from '../orchestrator/engine-world.ts'
import { cipherOf } from '../orchestrator/sensitive-sagas.ts'
import { awaitUntil } from '../system/await-until.ts'
import { type Look, TestBrowser } from './browser.ts'
import { definitions, Shop } from './shop-sagas.ts'

const cipher = cipherOf(1)
const logTopic = 'logs'

export class DashboardWorld {
  readonly engine: EngineWorld
  readonly shop: Shop
  readonly browser: TestBrowser
  orchestrator: RunningOrchestrator

  private constructor(
    engine: EngineWorld,
    parts: { shop: Shop; browser: TestBrowser; orchestrator: RunningOrchestrator },
  ) {
    this.engine = engine
    this.shop = parts.shop
    this.browser = parts.browser
    this.orchestrator = parts.orchestrator
  }

  static async start(): Promise<DashboardWorld> {
    const shop = new Shop()
    await buildDashboard()
    const [engine, browser] = await Promise.all([
      EngineWorld.start(definitions, [logTopic]),
      TestBrowser.start(),
    ])
    const [orchestrator] = await Promise.all([
      engine.startOrchestrator({ definitions, cipher, logTopic }),
      engine.startParcels({ attempts: 1, commands: shop.handlers, cipher }),
    ])
    return new DashboardWorld(engine, { shop, browser, orchestrator })
  }

  async stop(): Promise<void> {
    await this.browser.closePages()
    await this.browser.stop()
    await this.engine.stop()
  }

  /** The orchestrator ends, and another one comes to the same address. */
  async restart(port: number): Promise<void> {
    await this.orchestrator.stop()
    this.orchestrator = await this.engine.startOrchestrator({ definitions, cipher, logTopic, port })
  }

  get db(): Db {
    return this.engine.sagasDb
  }

  open(path: string, look: Look = {}) {
    return this.browser.open(`${this.orchestrator.url}/dashboard${path}`, look)
  }

  /** As a service logs. */
  async log(sagaId: string, fields: object): Promise<void> {
    const line = { time: new Date(), level: 'warn', service: 'payments', sagaId, ...fields }
    const value = Buffer.from(JSON.stringify(line))
    await this.engine.kafka.write({ topic: logTopic, key: sagaId, value })
  }

  /** Resolves when it has come to that status. */
  async order(
    order: string,
    status: SagaStatus,
    more: Readonly<Record<string, unknown>> = {},
  ): Promise<string> {
    return this.start(
      'place-order',
      { order, cents: 4_200, card: '4111111111111111', ...more },
      status,
    )
  }

  async start(name: string, input: object, status: SagaStatus): Promise<string> {
    const { body } = await this.orchestrator.client.start(name, input)
    const id = String(body['id'])
    await this.awaitStatus(id, status)
    return id
  }

  /** As the database has it. */
  async awaitStatus(id: string, status: SagaStatus): Promise<void> {
    await awaitUntil(`saga ${id} is ${status}`, async () => (await this.statusOf(id)) === status)
  }

  async statusOf(id: string): Promise<string | undefined> {
    const { rows } = await this.db.query<{ readonly status: string }>(
      { name: 'test.status', text: 'select status from sagas where id = $1' },
      [id],
    )
    return rows[0]?.status
  }
}
