// Which parts of the history may go, and why the others may not.
import type { Db } from '../../messaging/db.ts'
import { countSagasOf, findHolders, type Holder } from '../store/held-parts.ts'
import { countRest, type HistoryPart, listHistoryParts } from '../store/history-parts.ts'

export type PlannedPart = HistoryPart & {
  readonly sagas: number
  /** `may-go`, or `held`: its holders say by what; `open`: sagas are still started in it. */
  readonly verdict: 'may-go' | 'held' | 'open'
  readonly holders: readonly Holder[]
}

export type RetentionPlan = {
  /** Oldest first, without those that are empty and lie ahead. */
  readonly parts: readonly PlannedPart[]
  /** Entries in no part of a day: none, while the orchestrators make the parts in time. */
  readonly restEntries: number
}

/** `keepMs`: so long a saga is kept after the last thing that came to it. */
export async function planRetention(db: Db, keepMs: number): Promise<RetentionPlan> {
  const parts: PlannedPart[] = []
  for (const part of await listHistoryParts(db)) {
    const sagas = await countSagasOf(db, part)
    if (!part.isOver && sagas === 0) continue
    const holders = part.isOver ? await findHolders(db, part, keepMs) : []
    parts.push({ ...part, sagas, holders, verdict: verdictOf(part, holders) })
  }
  return { parts, restEntries: await countRest(db) }
}

function verdictOf(part: HistoryPart, holders: readonly Holder[]): PlannedPart['verdict'] {
  if (!part.isOver) return 'open'
  return holders.length === 0 ? 'may-go' : 'held'
}
