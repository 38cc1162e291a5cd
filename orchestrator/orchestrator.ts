// Puts the orchestrator together: definitions, store, coordinator, HTTP edge. `main.ts` runs it as
// a process; tests and embedding programs call it directly.

import type { Bus } from '../messaging/bus.ts'
import { type Cipher, noKeys } from '../messaging/cipher.ts'
import type { Clock } from '../messaging/clock.ts'
import { type Db, isTransientDbError } from '../messaging/db.ts'
import { createLetterDesk } from '../messaging/dead-letter-desk.ts'
import { isLetterPoint } from '../messaging/dead-letter-replays.ts'
import { messagingError } from '../messaging/errors.ts'
import type { Log } from '../messaging/log.ts'
import type { SagaId } from '../messaging/message.ts'
import { createMetrics, type Metrics } from '../messaging/metrics.ts'
import { missingMigrations } from '../messaging/missing-migrations.ts'
import { OutboxRelay } from '../messaging/outbox-relay.ts'
import { watchLetters, watchPool } from '../messaging/part-metrics.ts'
import { createPublishMeter } from '../messaging/publish-meter.ts'
import { createPublisher } from '../messaging/publisher.ts'
import type { Tracing } from '../messaging/tracing.ts'
import { withArchive } from './archive-door.ts'
import { type BulkGiven, createBulk, findBulk, previewBulk } from './bulk/bulk.ts'
import { BulkWorker } from './bulk/bulk-worker.ts'
import { Coordinator } from './coordinator/coordinator.ts'
import { stepsWithPayloads, viewPastSaga } from './coordinator/past-saga.ts'
import { createRegistry, definitionKey, type Registry } from './definition/registry.ts'
import type { SagaDefinition } from './definition/saga-definition.ts'
import { isSensitiveDefinition } from './definition/sensitive-definition.ts'
import type { Operated } from './engine/event.ts'
import { orchestratorError } from './errors.ts'
import { Follower } from './follow/follower.ts'
import { createLogin } from './http/access/login.ts'
import type { BulkDoor, Edge, Links } from './http/edge.ts'
import { createFaultDoor } from './http/fault-services.ts'
import { createHttpServer, type HttpOptions } from './http/http-server.ts'
import { Cutter } from './lifecycle/cutter.ts'
import { LogCollector } from './logs/log-collector.ts'
import { orchestratorMigrations } from './migrate-orchestrator.ts'
import { noPoint, type OnOrchestratorPoint } from './points.ts'
import { eraseSubject } from './retention/erase-subject.ts'
import { HistoryDays } from './retention/history-days.ts'
import { SearchPatrol } from './search/search-patrol.ts'
import { gaugeStats } from './stats/gauge-stats.ts'
import { readStats } from './stats/read-stats.ts'
import { insertAuditEntry } from './store/access-audit.ts'
import { findUsableKey } from './store/api-keys.ts'
import { listBulkItems } from './store/bulk-items.ts'
import { cancelBulkJob, listBulkJobs } from './store/bulk-jobs.ts'
import { findSearchLag, findStatsLag } from './store/event-followers.ts'
import { listSagas } from './store/list-sagas.ts'
import { listLocks } from './store/locks.ts'
import { createRowCipher, type RowCipher } from './store/row-cipher.ts'
import { findFeedHead, findNews, readFeed } from './store/saga-feed.ts'
import { cutSagaLogs, listSagaLogs } from './store/saga-logs.ts'
import { listMessages } from './store/saga-messages.ts'
import { findLivingDefinitions, findSagaName, listHistory, viewSaga } from './store/sagas.ts'
import { countSagas } from './store/search-counts.ts'
import { searchSagas } from './store/search-sagas.ts'
import {
  findServedDefinitions,
  markLeaving,
  retireDefinitions,
} from './store/served-definitions.ts'
import { cutStats } from './store/stats-windows.ts'
import { SubjectRing } from './store/subject-ring.ts'
import { gaugeVitals } from './vital-gauges.ts'
import { createVitals } from './vitals.ts'

export type OrchestratorOptions = {
  readonly definitions: readonly SagaDefinition[]
  readonly db: Db
  readonly bus: Bus
  readonly clock: Clock
  readonly log: Log
  readonly http: HttpOptions
  /** Starts although living sagas need definitions that are not here; they wait. */
  readonly allowMissingDefinitions?: boolean
  /** A folder of archives: sagas that the database no longer has are shown from there. */
  readonly archiveFolder?: string
  /** Needed for sagas with sensitive fields. */
  readonly cipher?: Cipher
  /** What `/metrics` shows; its own when left out, `noMetrics` for none. */
  readonly metrics?: Metrics
  /** The log lines of sagas are kept from this topic; without it nobody keeps them. */
  readonly logTopic?: string
  /** Made by `openTelemetryTracing`; nothing is traced without. */
  readonly tracing?: Tracing
  readonly onPoint?: OnOrchestratorPoint
  /** Where the dashboard links to for traces and logs. */
  readonly links?: Links
  /** In development alone: services that run with FAULTS_ENABLED, by the URLs of their health. */
  readonly faultServices?: readonly string[]
}

export type Orchestrator = {
  /** Resolves when REST answers and replies are taken. The database must be migrated. */
  start(): Promise<{ readonly url: string }>
  /** Resolves when nothing of it runs any more; bus and database stay open. Idempotent. */
  stop(): Promise<void>
}

/**
 * @throws DEFINITION_DUPLICATE, ENCRYPTION_KEY_MISSING, LOGIN_MISSING; `start` throws STORE_UNMIGRATED,
 * DEFINITION_MISSING.
 */
export function createOrchestrator(options: OrchestratorOptions): Orchestrator {
  const registry = createRegistry(options.definitions)
  const { db, bus, log, clock, cipher = noKeys, onPoint = noPoint } = options
  const { metrics = createMetrics({ log }) } = options
  refuseKeyless(registry, cipher)
  const subjects = new SubjectRing(cipher, clock)
  const rows = createRowCipher(registry, cipher, subjects)
  const coordinator = new Coordinator({
    ...{ ...options, registry, cipher, rows, subjects, metrics, onPoint },
  })
  // Sagas need no outbox; dead letters that are sent again do.
  const meter = createPublishMeter(metrics, 'outbox')
  const publisher = createPublisher({ bus, log, clock, meter })
  const onRelayPoint = (point: string) => (isLetterPoint(point) ? onPoint(point) : undefined)
  const relay = new OutboxRelay({ db, publisher, log, clock, onPoint: onRelayPoint })
  const vitals = createVitals(options)
  const given = { ...options, registry, rows, subjects, relay, vitals, metrics, onPoint }
  const edge = archived(createEdge(given, coordinator), given)
  watchPool(metrics, 'orchestrator', db)
  watchLetters(metrics, db)
  gaugeVitals(metrics, edge)
  gaugeStats({ ...edge, db, metrics, definitions: registry.all() })
  const server = createHttpServer(edge, options.http)
  const beside = partsBeside(given)
  const operate = (id: SagaId, event: Operated) => coordinator.operate(id, event)
  const bulk = new BulkWorker({ ...options, operate, onPoint })
  return {
    start: async () => {
      await refuseUnmigrated(options)
      await refuseMissing(options, registry)
      await coordinator.start()
      await relay.start()
      for (const part of beside) part.start()
      bulk.start()
      return server.start()
    },
    stop: async () => {
      await server.stop()
      await Promise.all([bulk, ...beside].map((part) => part.stop()))
      await coordinator.stop()
      await Promise.all([relay.stop(), publisher.stop()])
    },
  }
}

type BesideGiven = OrchestratorOptions & {
  readonly registry: Registry
  readonly rows: RowCipher
  readonly subjects: SubjectRing
  readonly metrics: Metrics
}

/** Sagas go on without them. */
function partsBeside(given: BesideGiven) {
  const { db, subjects, logTopic: topic } = given
  // It never has more to forget.
  const forget = async () => subjects.forget() ?? false
  return [
    new HistoryDays(given),
    new Follower(given),
    new SearchPatrol(given),
    new Cutter({ ...given, what: 'stats', cut: () => cutStats(db) }),
    new Cutter({ ...given, what: 'logs', cut: () => cutSagaLogs(db) }),
    new Cutter({ ...given, what: 'keys of persons', cut: forget }),
    ...(topic === undefined ? [] : [new LogCollector({ ...given, topic })]),
  ]
}

function refuseKeyless(registry: Registry, cipher: Cipher): void {
  const first = registry.all().find(isSensitiveDefinition)
  if (first === undefined || cipher.hasKeys) return
  throw messagingError('ENCRYPTION_KEY_MISSING', { what: `the saga ${first.name}` })
}

async function refuseUnmigrated({ db }: OrchestratorOptions): Promise<void> {
  const missing = await missingMigrations(db, orchestratorMigrations).catch((error: unknown) => {
    throw isTransientDbError(error) ? orchestratorError('STORE_UNAVAILABLE', {}, error) : error
  })
  if (missing.length > 0) {
    throw orchestratorError('STORE_UNMIGRATED', { missing: missing.join(', ') })
  }
}

async function refuseMissing(options: OrchestratorOptions, registry: Registry): Promise<void> {
  const { db, log } = options
  const own = new Set(registry.all().map(definitionKey))
  const foreign = (await findServedDefinitions(db)).filter((definition) => !own.has(definition))
  if (foreign.length === 0) return
  const leaving = await markLeaving(db, foreign)
  const living = await findLivingDefinitions(db)
  const needed = new Set(living.map(definitionKey))
  const retired = leaving.filter((definition) => !needed.has(definition))
  if (retired.length > 0) await retireDefinitions(db, retired)
  const missing = living
    .filter((one) => !own.has(definitionKey(one)))
    .map(({ name, version, hash, sagas }) => `${name}@${version} (${hash}, ${sagas} sagas)`)
    .join(', ')
  if (missing === '') return
  if (options.allowMissingDefinitions) log.warn('definitions.missing', { missing })
  else throw orchestratorError('DEFINITION_MISSING', { missing })
}

function bulkDoor(given: BulkGiven): BulkDoor {
  const { db } = given
  return {
    preview: (asked, filter) => previewBulk(given, asked, filter),
    create: (order) => createBulk(given, order),
    find: (id) => findBulk(given, id),
    list: (asked) => listBulkJobs(db, asked),
    items: (asked) => listBulkItems(db, asked),
    cancel: (id) => cancelBulkJob(db, id),
  }
}

const noLinks: Links = { trace: null, logs: null }
/** With the sagas of the archive, where there is one. */
function archived(edge: Edge, { archiveFolder: folder, db, rows, registry }: EdgeParts): Edge {
  return folder === undefined ? edge : withArchive(edge, { folder, db, rows, registry })
}

type EdgeParts = OrchestratorOptions & {
  readonly registry: Registry
  readonly rows: RowCipher
  readonly subjects: SubjectRing
  readonly relay: OutboxRelay
  readonly vitals: Edge['vitals']
  readonly metrics: Metrics
  readonly onPoint: OnOrchestratorPoint
}

function createEdge(
  { registry, rows, subjects, relay, vitals, metrics, onPoint, ...options }: EdgeParts,
  coordinator: Coordinator,
): Edge {
  const { db, bus, log, clock, http, tracing = null, logTopic } = options
  const { links = noLinks, faultServices = [] } = options
  const past = { db, rows, registry }
  const operate = (id: SagaId, event: Operated) => coordinator.operate(id, event)
  const possibleVerbs = async (id: SagaId) => (await coordinator.outlook(id))?.verbs ?? null
  return {
    registry,
    log,
    clock,
    metrics,
    tracing,
    logIn: createLogin(http.login ?? 'none', (prefix) => findUsableKey(db, prefix), clock),
    audit: async (entry) => {
      await insertAuditEntry(db, entry)
      await onPoint('verb.after-entry')
    },
    nameOf: (id) => findSagaName(db, id),
    isStartable: (definition) => coordinator.isStartable(definition),
    start: (request) => coordinator.begin(request),
    waitForEnd: (id, wait) => coordinator.waitForEnd(id, wait),
    operate,
    signal: (request) => coordinator.signal(request),
    outlook: (id) => coordinator.outlook(id),
    migrate: (request) => coordinator.migrate(request),
    erase: (request) =>
      eraseSubject({ db, subjects, operate, newId: () => clock.newId() }, request),
    find: (id) => viewSaga(db, rows, id),
    findPast: (id, moment) => viewPastSaga(past, id, moment),
    messages: (id) => listMessages({ ...past, stepsOf: (one) => stepsWithPayloads(past, one) }, id),
    logs: async (asked) => (logTopic === undefined ? null : listSagaLogs(db, asked)),
    history: (id, after) => listHistory(db, rows, id, after),
    feed: (after) => readFeed(db, rows, after),
    feedHead: () => findFeedHead(db),
    news: (watched) => findNews(db, watched),
    list: (filter) => listSagas(db, rows, filter),
    search: (filter, page) => searchSagas(db, filter, page),
    count: (names) => countSagas(db, names),
    searchLag: () => findSearchLag(db),
    stats: (asked) => readStats(db, asked),
    statsLag: () => findStatsLag(db),
    vitals,
    bulk: bulkDoor({ db, clock, possibleVerbs }),
    locks: (filter) => listLocks(db, filter),
    letters: createLetterDesk(db, () => relay.wake()),
    links,
    faults: createFaultDoor(faultServices),
    problems: async () => {
      const [kafka, postgres] = await Promise.all([bus.problem(), db.problem()])
      const found = { kafka, postgres, consumer: coordinator.problem() }
      const problems = Object.entries(found).flatMap(([name, problem]) =>
        problem === null ? [] : [[name, problem]],
      )
      return Object.fromEntries(problems)
    },
  }
}
