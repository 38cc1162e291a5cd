// A saga as it was at a moment: its history up to then, through `advance` once more. Nothing is kept
// for it beside the history.
import { setImmediate } from 'node:timers/promises'
import type { Db } from '../../messaging/db.ts'
import { SagalineError } from '../../messaging/errors.ts'
import type { SagaId } from '../../messaging/message.ts'
import type { Registry } from '../definition/registry.ts'
import { isEnded, type SagaStatus, type StepState } from '../engine/saga.ts'
import { wakeAt } from '../engine/wake.ts'
import { orchestratorError } from '../errors.ts'
import { type RecordedEntry, rebuildStepwise } from '../lifecycle/replay-history.ts'
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
  const entries = await readRecordedEntries(db, rows, id)
  return viewPast({ rows, registry }, { stored, entries }, moment)
}

type Known = { readonly stored: StoredSaga; readonly entries: readonly RecordedEntry[] }

/** Of a saga that is known with its whole history. @throws as `viewPastSaga` does. */
export async function viewPast(
  { rows, registry }: Omit<PastGiven, 'db'>,
  { stored, entries }: Known,
  moment: Moment,
): Promise<SagaView> {
  const { id, name, version } = stored.saga
  const until = entries.filter((entry) => isBy(entry, moment)).at(-1)
  if (until === undefined) throw orchestratorError('MOMENT_TOO_EARLY', { id })
  const definitionOf = (of: number) => registry.version(name, of)
  const rebuilt = await inSlices(
    rebuildStepwise(entries, { version, definitionOf, until: until.seq }),
  )
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
  stored: StoredSaga,
): Promise<readonly StepState[]> {
  const { saga } = stored
  if (!isEnded(saga)) return saga.steps
  try {
    const entries = await readRecordedEntries(db, rows, saga.id)
    return await rebuiltSteps(registry, { stored, entries })
  } catch (error) {
    if (error instanceof SagalineError) return saga.steps
    throw error
  }
}

/** The same of a saga that is known with its whole history. */
export async function rebuiltSteps(
  registry: Registry,
  { stored: { saga }, entries }: Known,
): Promise<readonly StepState[]> {
  const until = entries.findLast(({ status }) => !isEnded({ status: status as SagaStatus }))
  if (until === undefined) return saga.steps
  const definitionOf = (of: number) => registry.version(saga.name, of)
  const given = { version: saga.version, definitionOf, until: until.seq }
  const rebuilt = await inSlices(rebuildStepwise(entries, given))
  return rebuilt.problem === null ? (rebuilt.saga?.steps ?? saga.steps) : saga.steps
}

/** Entries that are replayed before others have their turn: some milliseconds. */
const sliceEntries = 100

/** Others are served in between, so that a long history holds nobody up. */
async function inSlices<T>(work: Generator<undefined, T>): Promise<T> {
  for (;;) {
    for (let count = 0; count < sliceEntries; count += 1) {
      const step = work.next()
      if (step.done === true) return step.value
    }
    await setImmediate()
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
