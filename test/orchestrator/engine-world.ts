// Orchestrators and the parcel service in this process, on the real Kafka and Postgres of the run:
// each orchestrator with a bus, a pool and a port of its own, as if it were another process.
import { randomUUID } from 'node:crypto'
import { inject } from 'vitest'
import type { Bus, IncomingRecord } from '../../messaging/bus.ts'
import type { Cipher } from '../../messaging/cipher.ts'
import { realClock } from '../../messaging/clock.ts'
import { type Db, openDb } from '../../messaging/db.ts'
import { createKafkaBus } from '../../messaging/kafka/kafka-bus.ts'
import { type Log, silentLog } from '../../messaging/log.ts'
import type { Metrics } from '../../messaging/metrics.ts'
import { messagingMigrations, migrate, shippedSet } from '../../messaging/migrate.ts'
import type { Tracing } from '../../messaging/tracing.ts'
import type { SagaDefinition } from '../../orchestrator/definition/saga-definition.ts'
import type { LoginOptions } from '../../orchestrator/http/access/login.ts'
import type { Links } from '../../orchestrator/http/edge.ts'
import { migrateOrchestrator } from '../../orchestrator/migrate-orchestrator.ts'
import { createOrchestrator } from '../../orchestrator/orchestrator.ts'
import type { OnOrchestratorPoint } from '../../orchestrator/points.ts'
import { createParticipant, type ParticipantOptions } from '../../participant/index.ts'
import { awaitUntil } from '../system/await-until.ts'
import { RawKafka } from '../system/raw-kafka.ts'
import { SagaClient } from '../system/saga-client.ts'
import { openTestDatabases } from '../system/test-databases.ts'
import { workerBrokers } from '../worker-kafka.ts'
import { ParcelService, parcelsService, parcelsTopic } from './parcels.ts'

export const enginePartitions = 4

/** A rebalance is noticed at the next heartbeat. */
const timings = { sessionTimeoutMs: 6_000, heartbeatIntervalMs: 200 }

export type RunningOrchestrator = {
  readonly url: string
  readonly client: SagaClient
  stop(): Promise<void>
}

export type OrchestratorChoices = {
  readonly definitions: readonly SagaDefinition[]
  readonly onPoint?: OnOrchestratorPoint
  readonly allowMissingDefinitions?: boolean
  readonly archiveFolder?: string
  readonly cipher?: Cipher
  readonly log?: Log
  readonly metrics?: Metrics
  readonly tracing?: Tracing
  readonly logTopic?: string
  /** A free one unless given. */
  readonly port?: number
  /** Nobody logs in unless given. */
  readonly login?: LoginOptions
  readonly links?: Links
  readonly faultServices?: readonly string[]
  /** Stands between the orchestrator and its database. */
  readonly wrapDb?: (db: Db) => Db
  /** As in production; else the ids of its sagas are any, so that replies come to the others too. */
  readonly drawsOwnIds?: boolean
}

export type ParcelsChoices = Partial<ParticipantOptions> & {
  readonly cipher?: Cipher
  readonly log?: Log
  readonly metrics?: Metrics
  readonly tracing?: Tracing
  /** Stands between the service and Kafka. */
  readonly wrapBus?: (bus: Bus) => Bus
}

export class EngineWorld {
  readonly kafka: RawKafka
  readonly parcels = new ParcelService()
  readonly sagasDb: Db
  readonly parcelsDb: Db
  readonly #urls: { readonly sagas: string; readonly parcels: string }
  readonly #dropAll: () => Promise<void>
  readonly #running = new Set<() => Promise<void>>()

  private constructor(given: {
    urls: { readonly sagas: string; readonly parcels: string }
    open: (url: string) => Db
    dropAll: () => Promise<void>
    kafka: RawKafka
  }) {
    this.#urls = given.urls
    this.#dropAll = given.dropAll
    this.kafka = given.kafka
    this.sagasDb = given.open(given.urls.sagas)
    this.parcelsDb = given.open(given.urls.parcels)
  }

  /** For processes of their own. */
  get sagasUrl(): string {
    return this.#urls.sagas
  }

  get parcelsUrl(): string {
    return this.#urls.parcels
  }

  static async start(
    definitions: readonly SagaDefinition[],
    eventTopics: readonly string[] = [],
  ): Promise<EngineWorld> {
    const databases = openTestDatabases(inject('postgresUrl'))
    const urls = {
      sagas: await databases.create('engine_sagas'),
      parcels: await databases.create('engine_parcels'),
    }
    const { open, dropAll } = databases
    const kafka = new RawKafka(workerBrokers())
    await kafka.start()
    const world = new EngineWorld({ urls, open, dropAll, kafka })
    const own = ['replies', 'starts', 'signals', 'events'].map((name) => `sagaline.${name}`)
    const topics = [...eventTopics, parcelsTopic, ...own]
    await kafka.removeUnlike(topics, enginePartitions)
    await kafka.empty(topics)
    await world.migrate(definitions, eventTopics)
    const sets = [messagingMigrations, shippedSet('participant')]
    await migrate({ url: urls.parcels, sets, log: silentLog })
    return world
  }

  /** The migrate step of the orchestrator: tables and topics that are missing. */
  async migrate(
    definitions: readonly SagaDefinition[],
    eventTopics: readonly string[] = [],
  ): Promise<void> {
    const bus = await openBus()
    const topics = { partitions: enginePartitions, replicationFactor: 1 }
    const databaseUrl = this.#urls.sagas
    await migrateOrchestrator({ databaseUrl, bus, definitions, log: silentLog, topics })
    await bus.ensureTopics(eventTopics.map((name) => ({ name, ...topics })))
    await bus.stop()
  }

  /** Resolves when it has joined its groups, so that what is sent then is handled at once. */
  async startOrchestrator(choices: OrchestratorChoices): Promise<RunningOrchestrator> {
    const bus = await openBus()
    if (choices.drawsOwnIds !== true) drawAnyIds(bus)
    const db = openDb({
      url: this.#urls.sagas,
      applicationName: 'sagaline',
      connectionsMax: 4,
    })
    const orchestrator = createOrchestrator({
      log: silentLog,
      ...choices,
      db: choices.wrapDb?.(db) ?? db,
      bus,
      clock: realClock,
      http: { host: '127.0.0.1', port: choices.port ?? 0, login: choices.login ?? 'none' },
    })
    const stop = this.#endWith([orchestrator, bus, db])
    const { url } = await orchestrator.start()
    const client = new SagaClient(() => url)
    await awaitUntil('the orchestrator is ready', async () => (await client.ready()).status === 200)
    return { url, client, stop }
  }

  /** Resolves when it takes commands; answers how to stop it. */
  async startParcels(options: ParcelsChoices = {}): Promise<() => Promise<void>> {
    const bus = await openBus()
    const db = openDb({
      url: this.#urls.parcels,
      applicationName: parcelsService,
      connectionsMax: 4,
    })
    const commands = this.parcels.handlers
    const { cipher, log = silentLog, metrics, tracing, wrapBus = (same) => same, ...rest } = options
    const participant = createParticipant({ service: parcelsService, commands, ...rest })
    const stop = this.#endWith([participant, bus, db])
    await participant.start({
      db,
      bus: wrapBus(bus),
      log,
      clock: realClock,
      ...(cipher && { cipher }),
      ...(metrics && { metrics }),
      ...(tracing && { tracing }),
    })
    await awaitUntil(
      'the service takes commands',
      async () => (await participant.problem()) === null,
    )
    return stop
  }

  /** Hands over every record on these topics, those to come as well, at least once. */
  async follow(topics: readonly string[], take: (record: IncomingRecord) => void): Promise<void> {
    const bus = await openBus()
    this.#endWith([bus])
    await bus.subscribe({
      groupId: `follower-${randomUUID()}`,
      topics,
      batchRecordsMax: 500,
      handle: async (records) => {
        records.forEach(take)
        return { settled: Promise.resolve() }
      },
    })
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#running].map((end) => end()))
    await this.kafka.stop()
    await this.#dropAll()
  }

  #endWith(parts: readonly { stop(): Promise<void> }[]): () => Promise<void> {
    const end = async () => {
      this.#running.delete(end)
      for (const part of parts) await part.stop()
    }
    this.#running.add(end)
    return end
  }
}

export async function openBus(): Promise<Bus> {
  const bus = createKafkaBus({
    brokers: workerBrokers(),
    clientId: 'test',
    log: silentLog,
    onFatal: (error) => {
      throw error
    },
    ...timings,
  })
  await bus.start()
  return bus
}

function drawAnyIds(bus: Bus): void {
  const subscribe = bus.subscribe.bind(bus)
  bus.subscribe = async (options) => {
    const { takes: _, ...subscription } = await subscribe(options)
    return subscription
  }
}
