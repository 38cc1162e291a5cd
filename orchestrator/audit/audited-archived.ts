// An archived saga as the auditor looks at it: nothing waits for it, and all of it is told.
import type { SagaId } from '../../messaging/message.ts'
import type { ArchivedSaga } from '../store/archived-rows.ts'
import type { RowCipher } from '../store/row-cipher.ts'
import type { AuditedEntry, AuditedSaga } from './audited.ts'

export function auditedArchived(rows: RowCipher, archived: ArchivedSaga): AuditedSaga {
  const history = archived.history.map((entry) => ({ ...entry, isPending: false }) as AuditedEntry)
  return {
    id: archived.id as SagaId,
    stored: rows.read(archived),
    problem: null,
    isEndDated: true,
    timerDueAt: null,
    places: [],
    history,
    children: [],
  }
}
