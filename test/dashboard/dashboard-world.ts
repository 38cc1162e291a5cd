// What the tests of the dashboard share: an orchestrator with real Kafka and Postgres, the shop, which
// can be made to fail, the built page, and a browser that looks at it. All of it is traced.
import * as api from '@opentelemetry/api'
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import { buildDashboard } from '../../local/dashboard-build.ts'
import type { Db } from '../../messaging/db.ts'
import { silentLog } from '../../messaging/log.ts'
import { createMetrics } from '../../messaging/metrics.ts'
import { loadOpenTelemetry } from '../../messaging/open-telemetry.ts'
import type { SagaStatus } from '../../orchestrator/engine/saga.ts'
import { createFaults } from '../../participant/index.ts'
import { HealthServer } from '../../services/shared/health-server.ts'
import {
  EngineWorld,
  type OrchestratorChoices,
  type RunningOrchestrator,
} from '../orchestrator/engine-world.ts'
import { cipherOf } from '../orchestrator/sensitive-sagas.ts'
import { freePort } from '../services/free-port.ts'
import { awaitUntil } from '../system/await-until.ts'
import { type Look, TestBrowser } from './browser.ts'
import { definitions, Shop } from './shop-sagas.ts'

const cipher = cipherOf(1)
const logTopic = 'logs'

const links = {
  trace: 'http://traces.test/{traceId}?saga={sagaId}',
  logs: 'http://logs.test/?q={sagaId}',
}

type Parts = {
  readonly engine: EngineWorld
  readonly shop: Shop
  readonly browser: TestBrowser
  readonly choices: OrchestratorChoices
  readonly stopOthers: () => Promise<void>
}

/** What somebody does in the page, by a sentence of what comes of it. */
export type Scene = readonly [name: string, play: (world: DashboardWorld) => Promise<void>]

export class DashboardWorld {
  readonly engine: EngineWorld
  readonly shop: Shop
  readonly browser: TestBrowser
  readonly #choices: OrchestratorChoices
  readonly #stopOthers: () => Promise<void>
  #guarded: Promise<RunningOrchestrator> | null = null
  orchestrator: RunningOrchestrator

  private constructor(parts: Parts, orchestrator: RunningOrchestrator) {
    this.engine = parts.engine
    this.shop = parts.shop
    this.browser = parts.browser
    this.#choices = parts.choices
    this.#stopOthers = parts.stopOthers
    this.orchestrator = orchestrator
  }

  static async start(): Promise<DashboardWorld> {
    const shop = new Shop()
    const faults = createFaults(shop.handlers)
    const provider = new NodeTracerProvider()
    provider.register()
    await buildDashboard()
    const [engine, browser, tracing, port] = await Promise.all([
      EngineWorld.start(definitions, [logTopic]),
      TestBrowser.start(),
      loadOpenTelemetry(),
      freePort(),
    ])
    const metrics = createMetrics({ log: silentLog })
    const problem = async () => null
    const health = new HealthServer({ host: '127.0.0.1', port, problem, faults, metrics })
    await health.start()
    const faultServices = [`http://127.0.0.1:${port}`]
    const choices = { definitions, cipher, tracing, links, faultServices, logTopic }
    const commands = shop.handlers
    const [orchestrator] = await Promise.all([
      engine.startOrchestrator(choices),
      engine.startParcels({ attempts: 1, commands, cipher, tracing, faults }),
    ])
    const stopOthers = async () => {
      await Promise.all([health.stop(), provider.shutdown()])
      api.trace.disable()
      api.context.disable()
    }
    return new DashboardWorld({ engine, shop, browser, choices, stopOthers }, orchestrator)
  }

  async stop(): Promise<void> {
    await this.browser.closePages()
    await this.browser.stop()
    await this.engine.stop()
    await this.#stopOthers()
  }

  /** The orchestrator ends, and another one comes to the same address. */
  async restart(port: number): Promise<void> {
    await this.orchestrator.stop()
    this.orchestrator = await this.engine.startOrchestrator({ ...this.#choices, port })
  }

  /** Another one beside it, where one must log in by a key; it was told of no links and no faults. */
  guarded(): Promise<RunningOrchestrator> {
    const login = { keys: true, jwt: null } as const
    this.#guarded ??= this.engine.startOrchestrator({ definitions, cipher, login })
    return this.#guarded
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
