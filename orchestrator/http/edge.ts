// What the HTTP edge needs from the rest: handed in by `orchestrator.ts`, by fakes in tests.
import type { Clock } from '../../messaging/clock.ts'
import type { LetterDesk } from '../../messaging/dead-letter-desk.ts'
import type { Log } from '../../messaging/log.ts'
import type { SagaId } from '../../messaging/message.ts'
import type { MigrationPage, MigrationRequest } from '../coordinator/migrate-sagas.ts'
import type { SignalRequest, SignalResult } from '../coordinator/signal-sagas.ts'
import type { StartRequest, StartResult } from '../coordinator/start-saga.ts'
import type { Registry } from '../definition/registry.ts'
import type { SagaDefinition } from '../definition/saga-definition.ts'
import type { Operated } from '../engine/event.ts'
import type { PossibleVerb } from '../engine/possible-verbs.ts'
import type { AuditEntry } from '../store/access-audit.ts'
import type { LockFilter, LockView } from '../store/locks.ts'
import type { HistoryView, SagaFilter, SagaSummary, SagaView } from '../store/saga-view.ts'
import type { LogIn } from './access/login.ts'

export type Edge = {
  readonly registry: Registry
  readonly log: Log
  readonly clock: Clock
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
  possibleVerbs(id: SagaId): Promise<readonly PossibleVerb[] | null>
  /**
   * One page of a migration of living sagas, or a look at it.
   * @throws SAGA_NAME_UNKNOWN, DEFINITION_UNKNOWN, DEFINITION_NOT_READY, REQUEST_INVALID.
   */
  migrate(request: MigrationRequest): Promise<MigrationPage>
  find(id: SagaId): Promise<SagaView | null>
  history(id: SagaId): Promise<readonly HistoryView[]>
  list(filter: SagaFilter): Promise<readonly SagaSummary[]>
  locks(filter: LockFilter): Promise<readonly LockView[]>
  /** The dead letters of the orchestrator's own database. */
  readonly letters: LetterDesk
  /** Names of what is away (`kafka`, `postgres`, `consumer`) with the reason; empty when ready. */
  problems(): Promise<Readonly<Record<string, string>>>
}
