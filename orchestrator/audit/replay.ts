// Rebuilds sagas from their history and from the topic, and compares them with their rows: what the
// auditor does to them, and nothing else. Called by the command line.
import type { Cipher } from '../../messaging/cipher.ts'
import type { Db } from '../../messaging/db.ts'
import type { Registry } from '../definition/registry.ts'
import { orchestratorError } from '../errors.ts'
import type { RowCipher } from '../store/row-cipher.ts'
import { type AuditReport, auditEvents, type ReadEvents } from './audit.ts'
import { auditPages } from './audit-pages.ts'
import { Findings } from './findings.ts'
import { judgeReplayed } from './judge-told.ts'
import { ToldSagas } from './told-sagas.ts'
import { countSagas } from './touched-rows.ts'

export type ReplayOptions = {
  readonly db: Db
  readonly registry: Registry
  readonly rows: RowCipher
  readonly cipher: Cipher
  /** Null: all. */
  readonly ids: readonly string[] | null
  /** Null: the topic is not read. */
  readonly readEvents: ReadEvents | null
  /** Told after each page of sagas, and now and then while the topic is read. */
  readonly onProgress: (progress: ReplayProgress) => void
}

export type ReplayProgress = {
  readonly sagas: number
  /** That there are to replay. */
  readonly of: number
  readonly events: number
}

export type ReplayReport = Pick<
  AuditReport,
  | 'sagas'
  | 'entries'
  | 'events'
  | 'unreadableEvents'
  | 'breachCount'
  | 'counts'
  | 'breaches'
  | 'notJudged'
>

/** @throws SAGA_NOT_FOUND for an id of no saga. */
export async function replaySagas(options: ReplayOptions): Promise<ReplayReport> {
  const { db, registry, rows, cipher, ids, readEvents, onProgress } = options
  const findings = new Findings()
  const isFull = ids === null
  const judge = judgeReplayed(registry, cipher)
  const told = readEvents === null ? null : new ToldSagas({ isFull, judge, hasEntries: true })
  const missing = new Set(ids)
  const of = ids?.length ?? (await countSagas(db))
  const { sagas, entries } = await auditPages({
    ...{ db, registry, rows, ids, findings, services: [], topics: null, isReplayOnly: true },
    ...{ graceMs: 0, fenceMemoryMs: 0 },
    onSaga: (saga) => {
      missing.delete(saga.id)
      told?.note(saga)
    },
    onPage: (counts) => onProgress({ sagas: counts.sagas, of, events: 0 }),
  })
  const [id] = missing
  if (id !== undefined) throw orchestratorError('SAGA_NOT_FOUND', { id })
  const onEvents = (events: number) => onProgress({ sagas, of, events })
  const heard = await auditEvents({ db, readEvents }, { told, findings, onEvents })
  const { breachCount, counts, breaches, notJudged } = findings
  return { sagas, entries, ...heard, breachCount, counts, breaches, notJudged }
}
