// The history through the engine: each entry is what `advance` decides, and all of them together
// give the saga in the row. Names the first entry that is not so. Pure.
import { SagalineError } from '../../messaging/errors.ts'
import type { Registry } from '../definition/registry.ts'
import { differingParts, type RecordedEntry, rebuildSaga } from '../lifecycle/replay-history.ts'
import type { RowCipher } from '../store/row-cipher.ts'
import type { AuditedSaga } from './audited.ts'
import { breach, type Finding, notJudged } from './breaches.ts'
import { definitionOf, notLoaded } from './definition-of.ts'

export type ReplayWith = { readonly registry: Registry; readonly rows: RowCipher }

/** For histories without a gap. A saga whose definition or key is missing is said not to be judged. */
export function judgeReplay(audited: AuditedSaga, given: ReplayWith): readonly Finding[] {
  const { id, stored } = audited
  if (stored === null) return []
  const { missing } = definitionOf(given.registry, stored)
  if (missing !== null) return [notJudged(id, missing)]
  const entries = readEntries(audited, given.rows)
  if (!Array.isArray(entries)) return [entries as Finding]
  const { name, version } = stored.saga
  const rebuilt = rebuildSaga(entries, {
    version,
    definitionOf: (of) => given.registry.version(name, of),
  })
  if (rebuilt.problem !== null) {
    const { entry, problem, detail } = rebuilt
    if (problem === 'definition missing') {
      return [notJudged(id, notLoaded(name, rebuilt.version, 'of a migrated saga'))]
    }
    if (problem === 'definition threw') {
      return [notJudged(id, 'its definition threw, and has been mended since')]
    }
    const subject = `entry ${entry.seq} (${entry.type}): ${detail}`
    return [breach('history.illegal-event', id, subject)]
  }
  const { saga } = rebuilt
  const parts = saga === null ? ['all of it'] : differingParts(saga, stored.saga)
  if (parts.length === 0) return []
  return [breach('history.state-differs', id, `in ${parts.join(', ')}`)]
}

/** With their events in plain, or why not. */
function readEntries(
  { id, stored, history }: AuditedSaga,
  rows: RowCipher,
): readonly RecordedEntry[] | Finding {
  let seq = 0
  try {
    if (stored?.problem) throw stored.problem
    return history.map((entry) => {
      seq = entry.seq
      const event = rows.readEvent({ sagaId: id, facts: entry.facts }, entry.event)
      return { ...entry, event }
    })
  } catch (error) {
    if (!(error instanceof SagalineError)) throw error
    if (error.code === 'ENCRYPTION_KEY_UNKNOWN' && (stored?.saga.subjectKey ?? null) !== null) {
      return notJudged(id, 'the key of its person is not here: only the database has it')
    }
    if (error.code !== 'ENCRYPTED_TEXT_INVALID') return notJudged(id, error.message)
    const where = seq === 0 ? 'the row' : `entry ${seq}`
    return breach('saga.unreadable', id, `${where}: ${error.message}`)
  }
}
