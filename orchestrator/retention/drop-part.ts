// Drops a part of the history whose sagas may all go: its sagas first, a page at a time, then its
// table. What is in the archive is what goes: a saga that has moved since stays, and its part with it.
import path from 'node:path'
import type { Clock } from '../../messaging/clock.ts'
import type { Db } from '../../messaging/db.ts'
import {
  dropPartTable,
  markDropping,
  type Revised,
  readPartPage,
  removeJobs,
  removeKeys,
  removeSagas,
} from '../store/drop-part.ts'
import { countSagasOf } from '../store/held-parts.ts'
import type { HistoryPart } from '../store/history-parts.ts'
import { readArchiveLines } from './archive-file.ts'
import { readArchiveLine } from './archive-line.ts'
import type { Manifest } from './archive-manifest.ts'
import { beforeAll } from './write-archive.ts'

/** Rows of one commit, and the pause after it, which keeps the load low. */
const pageSagas = 200
const pageRestMs = 20
/** Every saga stands still while the part's lock is waited for, so it waits shortly, and again. */
const lockMs = 200
const lockTriesMax = 20
const lockRestMs = 500
const keysPage = 10_000
const jobsPage = 1_000

export type DropGiven = {
  readonly db: Db
  readonly clock: Clock
  readonly onSagas: (gone: number) => void
}

/** An archive that was verified, and where it lies; null: there is none, and all of it is lost. */
export type From = { readonly folder: string; readonly manifest: Manifest } | null

/** Answers how many sagas went, and how many stay; then the part stays as well. */
export async function dropPart(
  given: DropGiven,
  part: HistoryPart,
  from: From,
): Promise<{ readonly gone: number; readonly left: number }> {
  const { db, clock, onSagas } = given
  await markDropping(db, part)
  let gone = 0
  const pages = from === null ? pagesOf(db, part) : pagesIn(from)
  for await (const page of pages) {
    gone += (await removeSagas(db, page)).size
    onSagas(gone)
    await clock.wait(pageRestMs)
  }
  const left = await countSagasOf(db, part)
  if (left === 0) await dropTable(given, part)
  return { gone, left }
}

async function* pagesOf(db: Db, part: HistoryPart): AsyncGenerator<readonly Revised[]> {
  let after = beforeAll
  for (;;) {
    const page = await readPartPage(db, part, { after, limit: pageSagas })
    const last = page.at(-1)
    if (last === undefined) return
    yield page
    after = last.id
  }
}

async function* pagesIn({ folder, manifest }: NonNullable<From>) {
  let page: Revised[] = []
  for (const known of manifest.files) {
    const file = path.join(folder, known.file)
    for await (const line of readArchiveLines(file)) {
      const { id, revision } = readArchiveLine(line, file)
      page.push({ id, revision })
      if (page.length < pageSagas) continue
      yield page
      page = []
    }
  }
  if (page.length > 0) yield page
}

async function dropTable({ db, clock }: DropGiven, part: HistoryPart): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await dropPartTable(db, part, lockMs)
      return
    } catch (error) {
      if (!isLockTimeout(error) || tries === lockTriesMax) throw error
    }
    await clock.wait(lockRestMs)
  }
}

function isLockTimeout(error: unknown): boolean {
  return (error as { readonly code?: unknown }).code === '55P03'
}

/**
 * The idempotency keys of dropped parts, and verbs for many that ended so long ago. One walk over all
 * keys, after the parts have gone.
 */
export async function removeLeftovers(
  { db, clock }: Pick<DropGiven, 'db' | 'clock'>,
  keepMs: number,
): Promise<{ readonly keys: number; readonly jobs: number }> {
  let keys = 0
  let at = { name: '', key: '' }
  for (;;) {
    const page = await removeKeys(db, at, keysPage)
    if (page === null) break
    keys += page.gone
    at = page
    await clock.wait(pageRestMs)
  }
  let jobs = 0
  for (let count = jobsPage; count === jobsPage; jobs += count) {
    count = await removeJobs(db, keepMs, jobsPage)
  }
  return { keys, jobs }
}
