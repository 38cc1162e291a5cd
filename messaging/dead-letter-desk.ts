// Where operators look at the dead letters of one database and steer them: the same verbs for REST
// and for the command line.
import type { Db } from './db.ts'
import type { LetterEdit } from './dead-letter-edit.ts'
import {
  type ChangedBy,
  changeLetter,
  discardLetter,
  type FoundLetter,
  findLetter,
  type LetterFilter,
  type LetterPlace,
  type LetterSummary,
  listLetters,
  newestLetter,
  replayLetter,
  replayLetters,
} from './dead-letter-store.ts'

export type LetterReplay = {
  readonly filter: LetterFilter
  /** Null begins a walk: it ends with the letters that are there now. */
  readonly place: LetterPlace | null
  readonly limit: number
  readonly by: ChangedBy
  /** Only tells which they would be. */
  readonly isDryRun: boolean
}

export type LetterDesk = {
  /** Oldest first. */
  list(page: {
    readonly filter: LetterFilter
    readonly place: LetterPlace
    readonly limit: number
  }): Promise<readonly LetterSummary[]>
  /** @throws LETTER_NOT_FOUND */
  find(id: bigint): Promise<FoundLetter>
  /** @throws LETTER_NOT_FOUND, LETTER_SETTLED, LETTER_EDIT_INVALID */
  edit(id: bigint, edit: LetterEdit & ChangedBy): Promise<void>
  /** Resolves when it is committed that it will be sent. @throws LETTER_NOT_FOUND, LETTER_SETTLED */
  replay(id: bigint, by: ChangedBy): Promise<void>
  /** @throws LETTER_NOT_FOUND, LETTER_SETTLED */
  discard(id: bigint, by: ChangedBy): Promise<void>
  /** One page of the parked letters, in one commit. */
  replayMany(
    page: LetterReplay,
  ): Promise<{ readonly items: readonly LetterSummary[]; readonly next: LetterPlace | null }>
}

/** `onReplay` is told when there is something to send; the relay finds it without as well. */
export function createLetterDesk(db: Db, onReplay: () => void = () => undefined): LetterDesk {
  return {
    list: (page) => listLetters(db, page),
    find: (id) => findLetter(db, id),
    edit: (id, edit) => changeLetter(db, id, edit),
    replay: async (id, by) => {
      await replayLetter(db, id, by)
      onReplay()
    },
    discard: async (id, by) => {
      await discardLetter(db, id, by)
    },
    replayMany: async (replay) => {
      const { filter, limit, by, isDryRun } = replay
      const place = replay.place ?? { after: 0n, upTo: await newestLetter(db) }
      const page = { filter: { ...filter, state: 'parked' as const }, place, limit }
      const items = isDryRun ? await listLetters(db, page) : await replayLetters(db, page, by)
      if (!isDryRun) onReplay()
      const last = items.length === limit ? items.at(-1) : undefined
      return { items, next: last === undefined ? null : { after: last.id, upTo: place.upTo } }
    },
  }
}
