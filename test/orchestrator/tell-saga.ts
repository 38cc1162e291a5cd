// What a person asks of a saga, past REST: the event is held for whichever orchestrator has its
// definition, as one that another instance read.
import { noKeys } from '../../messaging/cipher.ts'
import type { Db } from '../../messaging/db.ts'
import type { SagaId } from '../../messaging/message.ts'
import { createRegistry } from '../../orchestrator/definition/registry.ts'
import { holdEvents } from '../../orchestrator/store/held-events.ts'
import { createRowCipher } from '../../orchestrator/store/row-cipher.ts'

/** Of sagas without sensitive data. */
export const plainRows = createRowCipher(createRegistry([]), noKeys)

export async function tellSaga(
  db: Db,
  sagaId: SagaId,
  verb: 'cancel' | 'terminate' | 'abandon',
): Promise<void> {
  const by = { requestId: verb, actor: 'ann', reason: 'told so' }
  const event = { type: 'operated', verb, ...by } as const
  await holdEvents(db, plainRows, [{ sagaId, event, cause: null }])
}
