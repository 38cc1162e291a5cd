// The audit of a system that runs: all sagas, or those that were touched since the last time, then
// the rows that belong to none, then the topic of lifecycle events. Called by the command line.
import type { Db } from '../../messaging/db.ts'
import type { Registry } from '../definition/registry.ts'
import type { LifecycleEvent } from '../lifecycle/lifecycle-event.ts'
import { findDropped } from '../store/history-parts.ts'
import type { RowCipher } from '../store/row-cipher.ts'
import { auditPages, type Counts } from './audit-pages.ts'
import { type Breach, type BreachName, breach } from './breaches.ts'
import { Findings, type NotJudgedCount } from './findings.ts'
import { judgeFolded } from './judge-told.ts'
import { countDeadLetters, findLooseRows, findLooseServiceRows } from './loose-rows.ts'
import { readServedTopics, readTouchedSagas, type ServiceDb } from './receipt-rows.ts'
import { ToldSagas } from './told-sagas.ts'
import { countSagas, readAgain, readIdentity, readTouched } from './touched-rows.ts'

/** Everything, or what was touched since then (ms since the epoch) together with some sagas. */
export type AuditScope =
  | { readonly type: 'all' }
  | { readonly type: 'since'; readonly since: number; readonly again: readonly string[] }

/** Hands over everything that is on the topic of lifecycle events now. */
export type ReadEvents = (take: (event: LifecycleEvent) => void) => Promise<{
  /** From then on the topic has everything; null when nothing was ever removed. */
  readonly oldestKept: number | null
  /** Records that are no lifecycle event. */
  readonly unreadable: number
}>

export type AuditOptions = {
  /** Of the orchestrator. */
  readonly db: Db
  readonly services: readonly ServiceDb[]
  readonly registry: Registry
  readonly rows: RowCipher
  readonly scope: AuditScope
  readonly readEvents: ReadEvents | null
  readonly limits?: Partial<AuditLimits>
  readonly onProgress?: (progress: AuditProgress) => void
}

export type AuditLimits = {
  /** How late a wake-up or a message may be. */
  readonly graceMs: number
  /** How long something may be held for an instance that can take it. */
  readonly heldMsMax: number
  /** The shortest memory of the services' fences: what is older may be removed there. */
  readonly fenceMemoryMs: number
}

export const defaultAuditLimits: AuditLimits = {
  graceMs: 60_000,
  heldMsMax: 24 * 3_600_000,
  fenceMemoryMs: 30 * 24 * 3_600_000,
}

export type AuditProgress = {
  readonly sagas: number
  readonly of: number
  readonly events: number
  readonly breaches: number
}

export type AuditReport = Counts & {
  readonly database: string
  /** By the clock of the orchestrator's database, when it began; ms since the epoch. */
  readonly beganAt: number
  readonly isFull: boolean
  /** Lifecycle events that were read from the topic. */
  readonly events: number
  readonly unreadableEvents: number
  /** By database, where there are some. */
  readonly deadLetters: Readonly<Record<string, number>>
  readonly breachCount: number
  readonly counts: Readonly<Partial<Record<BreachName, number>>>
  /** The first ones, if there are very many. */
  readonly breaches: readonly Breach[]
  readonly notJudged: readonly NotJudgedCount[]
  /** Sagas that an incremental audit must look at again; null when there are too many. */
  readonly again: readonly string[] | null
}

export async function audit(options: AuditOptions): Promise<AuditReport> {
  const { db, services, scope, onProgress = () => undefined } = options
  const limits = { ...defaultAuditLimits, ...options.limits }
  const isFull = scope.type === 'all'
  const findings = new Findings()
  const told =
    options.readEvents === null
      ? null
      : new ToldSagas({ isFull, judge: judgeFolded, hasEntries: false })
  const { database, now: beganAt } = await readIdentity(db)
  const ids = scope.type === 'all' ? null : await touchedIds(db, services, scope)
  const of = ids?.length ?? (await countSagas(db))
  const counts = await auditPages({
    ...{ db, services, ids, findings, ...limits },
    registry: options.registry,
    rows: options.rows,
    topics: await servedTopics(services),
    onSaga: (saga) => told?.note(saga),
    onPage: ({ sagas }) => onProgress({ sagas, of, events: 0, breaches: findings.breachCount }),
  })
  findings.add(await findLooseRows(db, { ...limits, isFull }))
  for (const service of services) {
    findings.add(await findLooseServiceRows(service, { ...limits, isFull }))
  }
  const onEvents = (events: number) =>
    onProgress({ sagas: counts.sagas, of, events, breaches: findings.breachCount })
  const heard = await auditEvents(options, { told, findings, onEvents })
  const { breachCount, breaches, notJudged, again } = findings
  return {
    ...{ ...counts, ...heard, database, beganAt, isFull, breachCount, breaches, notJudged, again },
    counts: findings.counts,
    deadLetters: await deadLetters(db, services),
  }
}

async function touchedIds(
  db: Db,
  services: readonly ServiceDb[],
  { since, again }: Extract<AuditScope, { readonly type: 'since' }>,
): Promise<readonly string[]> {
  const ids = new Set([...again, ...(await readTouched(db, since))])
  for (const service of services) {
    for (const id of await readTouchedSagas(service, since)) ids.add(id)
  }
  return [...ids].sort()
}

async function servedTopics(services: readonly ServiceDb[]): Promise<ReadonlySet<string> | null> {
  if (services.length === 0) return null
  return new Set((await Promise.all(services.map(readServedTopics))).flat())
}

async function deadLetters(
  db: Db,
  services: readonly ServiceDb[],
): Promise<Readonly<Record<string, number>>> {
  const all = [{ name: 'orchestrator', db }, ...services]
  const counts = await Promise.all(
    all.map(async (one) => [one.name, await countDeadLetters(one.db)] as const),
  )
  return Object.fromEntries(counts.filter(([, count]) => count > 0))
}

type Hearing = {
  readonly told: ToldSagas | null
  readonly findings: Findings
  readonly onEvents: (events: number) => void
}

/** Between two reports of progress. */
const eventsPerReport = 1_000

/** Holds the topic against the sagas that were noted. */
export async function auditEvents(
  { db, readEvents }: Pick<AuditOptions, 'db' | 'readEvents'>,
  { told, findings, onEvents }: Hearing,
): Promise<{ readonly events: number; readonly unreadableEvents: number }> {
  if (told === null || readEvents === null) return { events: 0, unreadableEvents: 0 }
  let events = 0
  const { oldestKept, unreadable } = await readEvents((event) => {
    events += 1
    findings.add(told.take(event))
    if (events % eventsPerReport === 0) onEvents(events)
  })
  findings.add(told.missing(oldestKept))
  const ids = [...told.beyond.keys()]
  const [known, dropped] = [await readAgain(db, ids), await findDropped(db, ids)]
  for (const [id, seq] of told.beyond) {
    const sequence = known.get(id)?.sequence ?? 0
    if (seq <= sequence || dropped.has(id)) continue
    const subject = known.has(id) ? `event ${seq} of ${sequence}` : `event ${seq}, of no saga`
    findings.add([breach('told.without-history', id, subject)])
  }
  return { events, unreadableEvents: unreadable }
}
