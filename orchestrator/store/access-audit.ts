// The table `access_audit`: who asked for what, and what came of it. Rows are only ever added; the
// database refuses anything else.
import type { Db, Statement, Tx } from '../../messaging/db.ts'
import type { SagaId } from '../../messaging/message.ts'

export type AuditEntry = {
  /** Of the request, as in the log; both entries of a request have it. */
  readonly requestId: string
  /** Who was logged in; null where nobody logs in. */
  readonly principal: string | null
  /** Whom the request itself names. */
  readonly saidBy: string | null
  /** The route, or the command. */
  readonly action: string
  readonly sagaId: SagaId | null
  readonly sagaName: string | null
  readonly reason: string | null
  /** `asked` before it is done; afterwards `done`, or the code of the refusal. */
  readonly outcome: string
}

const insert: Statement = {
  name: 'access-audit.insert',
  text: `
    insert into access_audit
      (request_id, principal, said_by, action, saga_id, saga_name, reason, outcome)
    values ($1, $2, $3, $4, $5, $6, $7, $8)`,
}

export async function insertAuditEntry(on: Db | Tx, entry: AuditEntry): Promise<void> {
  const { requestId, principal, saidBy, action, sagaId, sagaName, reason, outcome } = entry
  const values = [requestId, principal, saidBy, action, sagaId, sagaName, reason, outcome]
  await on.query(insert, values)
}
