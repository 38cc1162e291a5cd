// What the HTTP edge needs from the rest: handed in by `orchestrator.ts`, by fakes in tests.
import type { Clock } from '../../messaging/clock.ts'
import type { LetterDesk } from '../../messaging/dead-letter-desk.ts'
import type { Log } from '../../messaging/log.ts'
import type { SagaId } from '../../messaging/message.ts'
import type { Metrics } from '../../messaging/metrics.ts'
import type { Tracing } from '../../messaging/tracing.ts'
import type { BulkOrder, BulkPreview, BulkProgress } from '../bulk/bulk.ts'
import type { MigrationPage, MigrationRequest } from '../coordinator/migrate-sagas.ts'
import type { Moment } from '../coordinator/past-saga.ts'
import type { SignalRequest, SignalResult } from '../coordinator/signal-sagas.ts'
import type { StartRequest, StartResult } from '../coordinator/start-saga.ts'
import type { Registry } from '../definition/registry.ts'
import type { SagaDefinition } from '../definition/saga-definition.ts'
import type { Operated } from '../engine/event.ts'
import type { Outlook } from '../engine/possible-verbs.ts'
import type { Erased, EraseRequest } from '../retention/erase-subject.ts'
import type { StatsItem } from '../stats/read-stats.ts'
import type { AuditEntry } from '../store/access-audit.ts'
import type { BulkItemList } from '../store/bulk-items.ts'
import type { BulkItem, BulkJob, BulkList, BulkRequest } from '../store/bulk-jobs.ts'
import type { KeyedFilter } from '../store/list-sagas.ts'
import type { LockFilter, LockView } from '../store/locks.ts'
import type { FeedPage, FeedPlace, News, Watched } from '../store/saga-feed.ts'
import type { LogPlace, SagaLogLine } from '../store/saga-logs.ts'
import type { SagaMessage } from '../store/saga-messages.ts'
import type { HistoryView, SagaView } from '../store/saga-view.ts'
import type { CountedSagas } from '../store/search-counts.ts'
import type { FoundSaga, SearchFilter, SearchPage } from '../store/search-sagas.ts'
import type { StatsAsked } from '../store/stats-windows.ts'
import type { Unpublished } from '../store/unpublished.ts'
import type { LogIn } from './access/login.ts'
import type { FaultDoor } from './fault-services.ts'

/** Verbs for many sagas at once. */
export type BulkDoor = {
  preview(asked: BulkRequest, filter: SearchFilter): Promise<BulkPreview>
  /** Resolves when it is kept. @throws BULK_TOO_LARGE, BULK_JOBS_FULL, BULK_KEY_REUSED. */
  create(order: BulkOrder): Promise<BulkJob>
  find(id: string): Promise<BulkProgress | null>
  list(asked: BulkList): Promise<readonly BulkJob[]>
  items(asked: BulkItemList): Promise<readonly BulkItem[]>
  cancel(id: string): Promise<void>
}

/** How the engine is; up to a second old. */
export type Vitals = {
  /** By topic; those that Kafka does not tell now are left out. */
  readonly consumerLag: Readonly<Record<string, number>>
  readonly unpublished: Unpublished
  /** As far as the read model has come. */
  readonly groups: readonly CountedSagas[]
}

/** Lines after a place among those of a saga. */
export type AskedLogs = { readonly id: SagaId; readonly after: LogPlace; readonly limit: number }
/** Where traces and logs are looked at: URLs with `{traceId}` or `{sagaId}`; null for none. */
export type Links = { readonly trace: string | null; readonly logs: string | null }

export type Edge = {
  readonly registry: Registry
  readonly log: Log
  readonly clock: Clock
  readonly metrics: Metrics
  readonly tracing: Tracing | null
  /** Null where nobody logs in and everybody may do everything. */
  readonly logIn: LogIn | null
  /** Resolves when it is written down for good. */
  audit(entry: AuditEntry): Promise<void>
  /** Of a saga; null when it is not there. */
  nameOf(id: SagaId): Promise<string | null>
  /** Every live instance has this version, so that it may be started. */
  isStartable(definition: SagaDefinition): boolean
  /**
   * Resolves after the commit.
   * @throws SAGA_NAME_UNKNOWN, DEFINITION_NOT_READY, SAGA_INPUT_INVALID, SAGA_KEY_REUSED.
   */
  start(request: StartRequest): Promise<StartResult>
  /**
   * Resolves when the saga has ended or is stuck, or the time is over; never rejects. With the
   * saga where that is known without asking again.
   */
  waitForEnd(
    id: SagaId,
    options: {
      readonly timeoutMs: number
      /** False when the saga was not just started here, so that it may be at rest already. */
      readonly isNew: boolean
    },
  ): Promise<SagaView | null>
  /** What a person tells a saga. @throws SAGA_NOT_FOUND, and the rule that refuses it. */
  operate(id: SagaId, event: Operated): Promise<void>
  /** @throws SAGA_NOT_FOUND, SAGA_KEY_UNKNOWN, SIGNAL_AMBIGUOUS, and the rule that refuses it. */
  signal(request: SignalRequest): Promise<SignalResult>
  /** What each verb would do now; null without the saga's definition. @throws SAGA_NOT_FOUND. */
  outlook(id: SagaId): Promise<Outlook | null>
  /**
   * One page of a migration of living sagas, or a look at it.
   * @throws SAGA_NAME_UNKNOWN, DEFINITION_UNKNOWN, DEFINITION_NOT_READY, REQUEST_INVALID.
   */
  migrate(request: MigrationRequest): Promise<MigrationPage>
  /** @throws ERASURE_WITHOUT_KEYS, SUBJECT_UNKNOWN, SUBJECT_IN_USE. */
  erase(request: EraseRequest): Promise<Erased>
  find(id: SagaId): Promise<(SagaView & { readonly archived?: true }) | null>
  /**
   * As it was at a moment, rebuilt from its history; null when it is not there.
   * @throws MOMENT_TOO_EARLY, DEFINITION_UNKNOWN, HISTORY_NOT_REPLAYABLE.
   */
  findPast(id: SagaId, moment: Moment): Promise<SagaView | null>
  /** Its entries after the one with that number, or all. */
  history(id: SagaId, after?: number): Promise<readonly HistoryView[]>
  /** What it sent and was sent; null when it is not there. */
  messages(id: SagaId): Promise<readonly SagaMessage[] | null>
  /** What services logged about it, oldest first; null where nobody keeps such lines. */
  logs(asked: AskedLogs): Promise<readonly SagaLogLine[] | null>
  /** Entries of all histories after a place. */
  feed(after: FeedPlace): Promise<FeedPage>
  /** The place after everything that is there. */
  feedHead(): Promise<FeedPlace>
  /** How far the feed has come, and which of these sagas have moved on. */
  news(watched: readonly Watched[]): Promise<News>
  /** By a key, from the sagas themselves. */
  list(filter: KeyedFilter): Promise<readonly FoundSaga[]>
  /** As far as the read model has come. */
  search(filter: SearchFilter, page: SearchPage): Promise<readonly FoundSaga[]>
  /** As far as the read model has come; `names` null: all. */
  count(names: readonly string[] | null): Promise<readonly CountedSagas[]>
  /** How far the read model may be behind, in ms; null when that is not known. */
  searchLag(): Promise<number | null>
  /** By window, saga name and step. @throws REQUEST_INVALID when that is too much. */
  stats(asked: Omit<StatsAsked, 'limit'>): Promise<readonly StatsItem[]>
  /** How far the statistics may be behind, in ms; null when that is not known. */
  statsLag(): Promise<number | null>
  vitals(): Promise<Vitals>
  readonly bulk: BulkDoor
  locks(filter: LockFilter): Promise<readonly LockView[]>
  /** The dead letters of the orchestrator's own database. */
  readonly letters: LetterDesk
  readonly links: Links
  /** Null where nothing can be made to fail. */
  readonly faults: FaultDoor | null
  /** Names of what is away (`kafka`, `postgres`, `consumer`) with the reason; empty when ready. */
  problems(): Promise<Readonly<Record<string, string>>>
}
