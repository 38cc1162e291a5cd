// Goes through sagas a page at a time and judges each. The order of reading keeps it from false
// alarms while the system runs: a saga with all its rows is one snapshot; the receipts of its steps
// are read after it, since what it was told had been committed before; and a receipt that it does
// not know makes it be read once more.
import type { Db } from '../../messaging/db.ts'
import type { Registry } from '../definition/registry.ts'
import { isEnded } from '../engine/saga.ts'
import { findDropped } from '../store/history-parts.ts'
import type { RowCipher } from '../store/row-cipher.ts'
import type { AuditedPage, AuditedSaga, Receipt } from './audited.ts'
import { breach, type Finding } from './breaches.ts'
import type { Findings } from './findings.ts'
import { judgeHistory } from './judge-history.ts'
import { judgeReceipts, type Stray } from './judge-receipts.ts'
import { judgeReplay } from './judge-replay.ts'
import { judgeWaits } from './judge-waits.ts'
import { lastOfAll, type PagePlace, readPage } from './page-rows.ts'
import { type ReceiptPlace, readReceipts, type ServiceDb } from './receipt-rows.ts'
import { readAgain } from './touched-rows.ts'

/** Sagas that are read at once: few enough for memory, enough for few statements. */
const pageSagas = 500

export type PagesWith = {
  readonly db: Db
  readonly services: readonly ServiceDb[]
  readonly registry: Registry
  readonly rows: RowCipher
  /** Null for all sagas; else these, sorted. */
  readonly ids: readonly string[] | null
  readonly graceMs: number
  readonly fenceMemoryMs: number
  /** Topics whose commands some given service takes; null when no service is given. */
  readonly topics: ReadonlySet<string> | null
  /** Only that history and row agree, and that the one gives the other. */
  readonly isReplayOnly?: boolean
  readonly findings: Findings
  /** Told of each saga, in the order of ids. */
  readonly onSaga: (saga: AuditedSaga) => void
  readonly onPage: (counts: Counts) => void
}

export type Counts = {
  sagas: number
  ended: number
  stuck: number
  paused: number
  flagged: number
  entries: number
  receipts: number
}

type Loaded = {
  readonly page: AuditedPage
  readonly receipts: readonly Receipt[]
  readonly next: PagePlace | null
}

/** Answers how much was looked at. */
export async function auditPages(given: PagesWith): Promise<Counts> {
  const counts: Counts = {
    ...{ sagas: 0, ended: 0, stuck: 0, paused: 0, flagged: 0, entries: 0, receipts: 0 },
  }
  const chunks = chunksOf(given.ids)
  const [first] = chunks
  let coming: Promise<Loaded> | null = first === undefined ? null : load(given, first, chunks)
  while (coming !== null) {
    const loaded: Loaded = await coming
    // The databases work on the next page while this one is judged.
    coming = loaded.next === null ? null : load(given, loaded.next, chunks)
    coming?.catch(() => undefined)
    await judgePage(given, loaded, counts)
    given.onPage(counts)
  }
  return counts
}

/** Of all sagas one place, which leads to the next; of some sagas every place. */
function chunksOf(ids: readonly string[] | null): readonly PagePlace[] {
  if (ids === null) return [{ after: beforeAll, rowsMax: pageSagas }]
  const starts = Array.from({ length: Math.ceil(ids.length / pageSagas) }, (_, n) => n * pageSagas)
  return starts.map((from) => ({ ids: ids.slice(from, from + pageSagas) }))
}

/** No saga has this id, and all come after it. */
const beforeAll = '00000000-0000-0000-0000-000000000000'

async function load(
  { db, services, rows }: PagesWith,
  place: PagePlace,
  chunks: readonly PagePlace[],
): Promise<Loaded> {
  const page = await readPage(db, rows, place)
  const last = page.next ?? lastOfAll
  const at: ReceiptPlace = 'ids' in place ? place : { after: place.after, last }
  const receipts = await Promise.all(services.map((service) => readReceipts(service, at)))
  return { page, receipts: receipts.flat(), next: nextOf(place, page, chunks) }
}

function nextOf(
  place: PagePlace,
  { next }: AuditedPage,
  chunks: readonly PagePlace[],
): PagePlace | null {
  if ('ids' in place) return chunks[chunks.indexOf(place) + 1] ?? null
  return next === null ? null : { after: next, rowsMax: place.rowsMax }
}

async function judgePage(
  given: PagesWith,
  { page, receipts }: Loaded,
  counts: Counts,
): Promise<void> {
  const bySaga = Map.groupBy(receipts, ({ sagaId }) => sagaId)
  const strays: Receipt[] = []
  for (const saga of page.sagas) {
    const own = bySaga.get(saga.id) ?? []
    bySaga.delete(saga.id)
    const found = judgeSaga(given, { saga, receipts: own, now: page.now })
    strays.push(...found.flatMap((one) => (one.type === 'stray' ? [one.receipt] : [])))
    given.findings.add(found.filter((one) => one.type !== 'stray'))
    count(counts, saga)
    given.onSaga(saga)
  }
  counts.receipts += receipts.length
  for (const rest of bySaga.values()) strays.push(...rest)
  given.findings.add(await judgeStrays(given.db, strays))
  const dropped = await findDropped(given.db, page.strayIds)
  const orphans = page.strayIds.filter((id) => !dropped.has(id))
  given.findings.add(orphans.map((id) => breach('history.without-saga', id, 'its history')))
}

type Judging = {
  readonly saga: AuditedSaga
  readonly receipts: readonly Receipt[]
  readonly now: number
}

function judgeSaga(
  given: PagesWith,
  { saga, receipts, now }: Judging,
): readonly (Finding | Stray)[] {
  const { registry, rows, graceMs, topics, fenceMemoryMs } = given
  const history = judgeHistory(saga)
  const isWhole = history.every(({ name }) => name !== 'history.gap')
  const replayed = [...history, ...(isWhole ? judgeReplay(saga, { registry, rows }) : [])]
  if (given.isReplayOnly) return replayed
  return [
    ...judgeWaits(saga, { registry, now, graceMs }),
    ...replayed,
    ...judgeReceipts(saga, { registry, receipts, topics, oldestKept: now - fenceMemoryMs }),
  ]
}

function count(counts: Counts, { stored, history }: AuditedSaga): void {
  counts.sagas += 1
  counts.entries += history.length
  if (stored === null) return
  const { saga } = stored
  if (isEnded(saga)) counts.ended += 1
  if (saga.status === 'stuck') counts.stuck += 1
  if (saga.status === 'paused') counts.paused += 1
  if (saga.flags.length > 0) counts.flagged += 1
}

/** The saga, or its step, may have come to be between the two reads: now it must be there. */
async function judgeStrays(db: Db, strays: readonly Receipt[]): Promise<readonly Finding[]> {
  const ids = [...new Set(strays.map(({ sagaId }) => sagaId))]
  const known = await readAgain(db, ids)
  // A service remembers for as long as it likes.
  const dropped = await findDropped(db, ids)
  return strays.flatMap(({ service, sagaId, step, visit, state }) => {
    const saga = known.get(sagaId)
    const subject = `${service}: ${step}/${visit} is ${state}`
    if (dropped.has(sagaId)) return []
    if (saga === undefined) return [breach('receipt.without-saga', sagaId, subject)]
    const isEntered = saga.steps.some((one) => one.name === step && one.visit === visit)
    return isEntered ? [] : [breach('receipt.unasked', sagaId, subject)]
  })
}
