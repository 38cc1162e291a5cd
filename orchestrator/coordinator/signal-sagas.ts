// Brings signals to sagas, named by their id or by their business key. REST and the topic of
// signals both come through here.
import type { Db } from '../../messaging/db.ts'
import type { SagalineError } from '../../messaging/errors.ts'
import type { SagaId } from '../../messaging/message.ts'
import type { Fact, Signalled } from '../engine/event.ts'
import { hasTakenSignal } from '../engine/taken.ts'
import { orchestratorError } from '../errors.ts'
import { findByBusinessKey } from '../store/keyed-sagas.ts'
import type { RowCipher } from '../store/row-cipher.ts'
import { findSagas } from '../store/sagas.ts'
import type { AdvanceSagas } from './advance-sagas.ts'
import { refuseLargeEvent } from './size-limits.ts'

export type SignalTarget =
  | { readonly sagaId: SagaId }
  | { readonly saga: string; readonly businessKey: string }

export type SignalRequest = { readonly target: SignalTarget; readonly event: Signalled }

export type SignalResult = {
  readonly sagaId: SagaId
  /** `kept` until a state waits for it; `repeated`: its id was known, and it changed nothing. */
  readonly outcome: 'delivered' | 'kept' | 'repeated'
}

export type SignalSent = SignalResult & {
  readonly problem: SagalineError | null
  /** Resolves once what it brought about is in Kafka. */
  readonly published: Promise<void>
}

/** Sagas of one name and key that are looked at; living ones come first, so only ends are missed. */
const sameKeyMax = 20

type Given = { readonly db: Db; readonly rows: RowCipher; readonly sagas: AdvanceSagas }

/**
 * @throws SAGA_KEY_UNKNOWN, SIGNAL_AMBIGUOUS, SIGNAL_INVALID, EVENT_TOO_LARGE, STORE_UNAVAILABLE,
 * STOPPING.
 */
export async function signalSaga(
  given: Given,
  { target, event }: SignalRequest,
): Promise<SignalSent> {
  refuseLargeEvent(event)
  const sagaId = 'sagaId' in target ? target.sagaId : await findTarget(given, target, event.id)
  const [advanced] = await given.sagas.advance([{ sagaId, event, cause: null, isAsked: true }])
  const { problem = null, facts = [], published = Promise.resolve() } = advanced ?? {}
  return { sagaId, outcome: outcomeOf(facts), problem, published }
}

/**
 * The living one of that name and key. A repeat finds the saga that took it, even when that has
 * ended since and another one has the key now.
 */
async function findTarget(
  { db, rows }: Given,
  { saga: name, businessKey }: { readonly saga: string; readonly businessKey: string },
  signalId: string,
): Promise<SagaId> {
  const found = await findByBusinessKey(db, { name, businessKey, limit: sameKeyMax })
  const [first] = found
  if (first === undefined) throw orchestratorError('SAGA_KEY_UNKNOWN', { saga: name, businessKey })
  if (found.length === 1) return first.id
  const ids = found.map(({ id }) => id)
  const taker = (await findSagas(db, rows, ids)).find(({ saga }) => hasTakenSignal(saga, signalId))
  if (taker) return taker.saga.id
  const living = found.filter(({ isLiving }) => isLiving).map(({ id }) => id)
  if (living.length <= 1) return first.id
  const details = { saga: name, businessKey, sagaIds: living.join(', ') }
  throw orchestratorError('SIGNAL_AMBIGUOUS', details)
}

function outcomeOf(facts: readonly Fact[]): SignalResult['outcome'] {
  if (facts.some(({ type }) => type === 'signal.delivered')) return 'delivered'
  return facts.some(({ type }) => type === 'signal.kept') ? 'kept' : 'repeated'
}
