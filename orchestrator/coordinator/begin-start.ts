// From what is asked for to the saga as it begins, before it has a row. No I/O.
import type { Cipher } from '../../messaging/cipher.ts'
import type { SagaId } from '../../messaging/message.ts'
import type { Span, Tracing } from '../../messaging/tracing.ts'
import type { SagaDefinition } from '../definition/saga-definition.ts'
import type { NewSaga } from '../store/insert-sagas.ts'
import type { DbClock } from './db-clock.ts'
import { childEvents, foldStart } from './fold-start.ts'
import type { StartToInsert } from './insert-apart.ts'
import { checkLockKeys } from './lock-keys.ts'
import { searchKeysOf } from './search-keys.ts'
import { checkStartAt } from './start-at.ts'
import { hashesOf, withoutData } from './start-keys.ts'
import type { ChildStart, StartRequest } from './start-saga.ts'

export type BegunStart = StartToInsert & {
  /** Of its input, where it has a key: by every key of encryption, or one. */
  readonly bodyHashes: readonly string[]
  /** Until its commit; null where nothing is traced. */
  readonly span: Span | null
}

type BeginGiven = {
  readonly newSagaId: () => SagaId
  readonly dbClock: DbClock
  readonly cipher: Cipher
  readonly tracing: Tracing | null
}

type BeginWith = {
  readonly child: ChildStart | null
  /** The key of the person whose data it is; null where it is nobody's. */
  readonly subjectKey: string | null
}

/** @throws START_TIME_INVALID, SAGA_DEFINITION_FAILED, and what lock keys may not be. */
export function beginStart(
  given: BeginGiven,
  definition: SagaDefinition,
  request: StartRequest,
  { child, subjectKey }: BeginWith,
): BegunStart {
  const { newSagaId, dbClock, cipher, tracing } = given
  const { input, idempotencyKey, startAt } = request
  const now = dbClock.now()
  const sagaId = child?.id ?? newSagaId()
  const later = startAt === undefined ? {} : { startAt: checkStartAt(startAt, now) }
  const span = tracing && beginSpan(tracing, definition, sagaId, request.traceparent)
  const traced = span?.traceparent != null && { traceparent: span.traceparent }
  const about = subjectKey !== null && { subjectKey }
  const started = { type: 'started', sagaId, input, ...later, ...about, ...traced } as const
  const events = child === null ? [started] : childEvents(started, child, now)
  const searchKeys = withoutData(definition, () => searchKeysOf(definition, input))
  const at = { now, businessKey: searchKeys.businessKey }
  const begun = withoutData(definition, () => foldStart(definition, events, at))
  const { saga, history, wakeAt, ...sent } = begun
  checkLockKeys(saga)
  const bodyHashes = idempotencyKey === null ? [] : hashesOf(cipher, definition, request)
  const row: NewSaga = {
    saga,
    history,
    definitionHash: definition.hash,
    ...searchKeys,
    wakeAt,
    key: idempotencyKey,
    bodyHash: bodyHashes[0] ?? null,
  }
  return { definition, row, ...sent, child, bodyHashes, span }
}

/** In the trace of whoever asks for it. */
function beginSpan(
  tracing: Tracing,
  { name, version }: SagaDefinition,
  sagaId: SagaId,
  parent: string | undefined,
): Span {
  return tracing.begin({
    name: `start ${name}`,
    kind: 'internal',
    parent: parent ?? null,
    attributes: {
      'sagaline.saga.id': sagaId,
      'sagaline.saga.name': name,
      'sagaline.saga.version': version,
    },
  })
}
