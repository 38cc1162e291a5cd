// What the crash tests run on: two databases and the topics on the Kafka and Postgres of the run.
// The processes come and go.
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { inject } from 'vitest'
import { realClock } from '../../../messaging/clock.ts'
import type { Db } from '../../../messaging/db.ts'
import { createKafkaBus } from '../../../messaging/kafka/kafka-bus.ts'
import { silentLog } from '../../../messaging/log.ts'
import { messagingMigrations, migrate, shippedSet } from '../../../messaging/migrate.ts'
import { migrateOrchestrator } from '../../../orchestrator/migrate-orchestrator.ts'
import { workerBrokers } from '../../worker-kafka.ts'
import { RawKafka } from '../raw-kafka.ts'
import { SagaClient } from '../saga-client.ts'
import { openTestDatabases } from '../test-databases.ts'
import { crashSagas, worksTopic } from './crash-sagas.ts'
import { bankTable, worksTable } from './crash-works.ts'

const partitions = 4
const topics = ['replies', 'starts', 'signals', 'events'].map((name) => `sagaline.${name}`)

export class CrashWorld {
  readonly kafka: RawKafka
  readonly brokers: readonly string[]
  readonly sagas: Db
  readonly works: Db
  /** To the orchestrator that lives at the moment. */
  readonly client = new SagaClient(() => this.url)
  url = 'http://127.0.0.1:9'
  readonly #urls: { readonly sagas: string; readonly works: string }
  readonly #dropAll: () => Promise<void>
  readonly #compileCache: string

  private constructor(given: {
    kafka: RawKafka
    brokers: readonly string[]
    urls: { readonly sagas: string; readonly works: string }
    open: (url: string) => Db
    dropAll: () => Promise<void>
    compileCache: string
  }) {
    this.kafka = given.kafka
    this.brokers = given.brokers
    this.#urls = given.urls
    this.sagas = given.open(given.urls.sagas)
    this.works = given.open(given.urls.works)
    this.#dropAll = given.dropAll
    this.#compileCache = given.compileCache
  }

  static async start(): Promise<CrashWorld> {
    const brokers = workerBrokers()
    const databases = openTestDatabases(inject('postgresUrl'))
    const urls = {
      sagas: await databases.create('crash_sagas'),
      works: await databases.create('crash_works'),
    }
    const kafka = new RawKafka(brokers)
    await kafka.start()
    await kafka.empty([worksTopic, ...topics])
    const bus = createKafkaBus({
      brokers,
      clientId: `crash-${randomUUID()}`,
      clock: realClock,
      log: silentLog,
      onFatal: (error) => {
        throw error
      },
    })
    await bus.start()
    await migrateOrchestrator({
      ...{ bus, definitions: crashSagas, log: silentLog, databaseUrl: urls.sagas },
      topics: { partitions, replicationFactor: 1 },
    })
    await bus.stop()
    const sets = [messagingMigrations, shippedSet('participant')]
    await migrate({ url: urls.works, sets, log: silentLog })
    const { open, dropAll } = databases
    const compileCache = await mkdtemp(path.join(tmpdir(), 'sagaline-crash-'))
    const world = new CrashWorld({ kafka, brokers, urls, open, dropAll, compileCache })
    await world.works.query(worksTable)
    await world.works.query(bankTable)
    return world
  }

  environment(database: 'sagas' | 'works'): Readonly<Record<string, string>> {
    return {
      KAFKA_BROKERS: this.brokers.join(','),
      DATABASE_URL: this.#urls[database],
      SAGALINE_DEFINITIONS: 'test/system/crash/crash-sagas.ts',
      PORT: '0',
      LOG_LEVEL: 'error',
      // The least that there is: who comes next has the partitions of the dead after that.
      KAFKA_SESSION_TIMEOUT_MS: '1000',
      // More than a hundred processes load the same modules.
      NODE_COMPILE_CACHE: this.#compileCache,
    }
  }

  async stop(): Promise<void> {
    await this.kafka.stop()
    await this.#dropAll()
    await rm(this.#compileCache, { recursive: true, force: true })
  }
}
