// A saga as it was at a moment: its history up to then, through `advance` once more. Nothing is kept
// for it beside the history.
import type { Db } from '../../messaging/db.ts'
import { SagalineError } from '../../messaging/errors.ts'
import type { SagaId } from '../../messaging/message.ts'
import type { Registry } from '../definition/registry.ts'
import { isEnded, type SagaStatus, type StepState } from '../engine/saga.ts'
import { wakeAt } from '../engine/wake.ts'
import { orchestratorError } from '../errors.ts'
import { type RecordedEntry, rebuildSaga } from '../lifecycle/replay-history.ts'
import { readRecordedEntries } from '../store/recorded-entries.ts'
import type { RowCipher } from '../store/row-cipher.ts'
import type { StoredSaga } from '../store/saga-rows.ts'
import type { SagaView } from '../store/saga-view.ts'
import { findSagas } from '../store/sagas.ts'

export type PastGiven = { readonly db: Db; readonly rows: RowCipher; readonly registry: Registry }

/** A time (ms since the epoch), or the number of an entry of its history. */
export type Moment = { readonly at: number } | { readonly seq: number }

/**
 * Null when there is no such saga.
 * @throws MOMENT_TOO_EARLY, DEFINITION_UNKNOWN, HISTORY_NOT_REPLAYABLE, ENCRYPTION_KEY_UNKNOWN,
 * ENCRYPTED_TEXT_INVALID.
 */
export async function viewPastSaga(
  { db, rows, registry }: PastGiven,
  id: SagaId,
  moment: Moment,
): Promise<SagaView | null> {
  const [stored] = await findSagas(db, rows, [id])
  if (stored === undefined) return null
  const { name, version } = stored.saga
  const entries = await readRecordedEntries(db, rows, id)
  const until = entries.filter((entry) => isBy(entry, moment)).at(-1)
  if (until === undefined) throw orchestratorError('MOMENT_TOO_EARLY', { id })
  const definitionOf = (of: number) => registry.version(name, of)
  const rebuilt = rebuildSaga(entries, { version, definitionOf, until: until.seq })
  if (rebuilt.problem === 'definition missing') {
    throw orchestratorError('DEFINITION_UNKNOWN', { name, version: rebuilt.version })
  }
  const { saga } = rebuilt
  if (rebuilt.problem !== null || saga === null) {
    const { entry = until, detail = 'it is no start' } = 'entry' in rebuilt ? rebuilt : {}
    throw orchestratorError('HISTORY_NOT_REPLAYABLE', { id, seq: entry.seq, problem: detail })
  }
  const past = { ...stored, saga, wakeAt: wakeAt(saga), definitionHash: hashOf(registry, saga) }
  const lived = entries.filter(({ seq }) => seq <= until.seq)
  const view = rows.view(past, { updatedAt: until.at, endedAt: endOf(lived) })
  return { ...view, context: rows.viewContext(past) }
}

/**
 * The steps of a saga with their payloads, which its row has until its end only: after it they are
 * rebuilt from its history. As the row has them where that cannot be done here.
 */
export async function stepsWithPayloads(
  { db, rows, registry }: PastGiven,
  { saga }: StoredSaga,
): Promise<readonly StepState[]> {
  if (!isEnded(saga)) return saga.steps
  try {
    const entries = await readRecordedEntries(db, rows, saga.id)
    const until = entries.findLast(({ status }) => !isEnded({ status: status as SagaStatus }))
    const definitionOf = (of: number) => registry.version(saga.name, of)
    const { version } = saga
    const rebuilt = until && rebuildSaga(entries, { version, definitionOf, until: until.seq })
    return rebuilt?.problem === null ? (rebuilt.saga?.steps ?? saga.steps) : saga.steps
  } catch (error) {
    if (error instanceof SagalineError) return saga.steps
    throw error
  }
}

function isBy(entry: RecordedEntry, moment: Moment): boolean {
  return 'seq' in moment ? entry.seq <= moment.seq : entry.at <= moment.at
}

function hashOf(registry: Registry, saga: { readonly name: string; readonly version: number }) {
  return registry.version(saga.name, saga.version)?.hash ?? ''
}

/** When it came to its end; what is recorded after that is later. */
function endOf(lived: readonly RecordedEntry[]): number | null {
  const hasEnded = ({ status }: RecordedEntry) => isEnded({ status: status as SagaStatus })
  const last = lived.findLastIndex((entry) => !hasEnded(entry))
  return lived[last + 1]?.at ?? null
}
