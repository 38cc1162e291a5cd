// Sagas in a database as the engine leaves them, without any process: their events go through
// `advance`, and the store writes what came of them.
import { noKeys } from '../../messaging/cipher.ts'
import type { Db } from '../../messaging/db.ts'
import type { Json, MessageId, ReplyOutcome, SagaId } from '../../messaging/message.ts'
import { createRegistry } from '../../orchestrator/definition/registry.ts'
import type { SagaDefinition } from '../../orchestrator/definition/saga-definition.ts'
import { advance } from '../../orchestrator/engine/advance.ts'
import type { SagaEvent } from '../../orchestrator/engine/event.ts'
import type { Saga } from '../../orchestrator/engine/saga.ts'
import type { HistoryEntry } from '../../orchestrator/store/history-entry.ts'
import { insertSagas } from '../../orchestrator/store/insert-sagas.ts'
import { lockSagas } from '../../orchestrator/store/lock-sagas.ts'
import { deletePublishBatches } from '../../orchestrator/store/publish-batches.ts'
import { createRowCipher } from '../../orchestrator/store/row-cipher.ts'
import { writeSagas } from '../../orchestrator/store/write-sagas.ts'

export type LivedEvent = { readonly event: SagaEvent; readonly at: number }

export type LivedSaga = {
  readonly definition: SagaDefinition
  readonly businessKey: string
  readonly events: readonly LivedEvent[]
}

const batchId = '01900000-0000-7000-8000-0000000000ff'

/** Answers the saga as it stands then. Its messages count as published. */
export async function writeSaga(db: Db, lived: LivedSaga): Promise<Saga> {
  const { definition, businessKey } = lived
  const rows = createRowCipher(createRegistry([definition]), noKeys)
  const { entries, wakeAt } = fold(lived)
  const [first] = entries
  const last = entries.at(-1)
  if (first === undefined || last === undefined) throw new Error(`${businessKey} has no history`)
  const searched = { businessKey, correlationId: null, attributes: {} }
  const row = { ...searched, definitionHash: definition.hash, wakeAt, key: null, bodyHash: null }
  await insertSagas(db, { batchId, sagas: [{ saga: first.saga, history: [first], ...row }], rows })
  const wake = wakeAt === null ? ('drop' as const) : ('set' as const)
  await db.transaction(async (tx) => {
    const before = (await lockSagas(tx, rows, [first.saga.id])).sagas.get(first.saga.id)
    if (before === undefined) throw new Error(`${businessKey} is not there`)
    const changed = [{ saga: last.saga, before, wakeAt, wake, grows: true }]
    const history = entries.slice(1)
    await writeSagas(tx, {
      changed,
      history,
      batchId,
      publishing: [],
      now: last.at,
      isLocked: true,
      rows,
    })
  })
  await deletePublishBatches(db, [batchId])
  return last.saga
}

function fold({ definition, businessKey, events }: LivedSaga) {
  const entries: HistoryEntry[] = []
  let saga: Saga | null = null
  let wakeAt: number | null = null
  for (const { event, at } of events) {
    const { facts, ...result } = advance(definition, saga, event, at)
    ;({ saga, wakeAt } = result)
    if (facts.length > 0) entries.push({ saga, event, facts, at, businessKey })
  }
  return { entries, wakeAt }
}

/** `command` is what follows the saga's id, e.g. `createOrder/do`; the first visit is meant. */
export function replied(
  sagaId: string,
  command: string,
  outcome: ReplyOutcome,
  data: Json = null,
): SagaEvent {
  const commandId = `${sagaId}/${command}/1` as MessageId
  return { type: 'replied', commandId, outcome, attempt: 1, data }
}

/** The receipts that services have of an ended or a living saga, as values of an insert. */
export function receiptValues(saga: Saga): readonly string[] {
  return saga.steps.flatMap(({ name, visit, outcome, undo }) => {
    const state = receiptOf(outcome, undo)
    if (state === null) return []
    const hash = state === 'blocked' ? 'null' : `'\\x00'`
    return [`('${saga.id satisfies SagaId}', '${name}', ${visit}, '${state}', ${hash})`]
  })
}

function receiptOf(outcome: string, undo: string): string | null {
  if (undo === 'done') return outcome === 'done' ? 'undone' : 'blocked'
  return outcome === 'done' || outcome === 'refused' ? outcome : null
}
