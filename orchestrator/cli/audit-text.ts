// The report of an audit in words, and its lines of progress.
import type { AuditProgress, AuditReport } from '../audit/audit.ts'

/** Breaches of one name that are shown; --json has all that were kept. */
const shownMax = 20

export function reportText(report: AuditReport, tookMs: number): string {
  const { sagas, ended, stuck, paused, flagged, entries, receipts, events } = report
  const seconds = Math.max(tookMs, 1) / 1000
  const which = report.isFull ? 'all' : 'those that live or were touched'
  const topic = events === 0 ? '' : `, ${events} lifecycle events`
  return [
    `${sagas} sagas (${which}), ${entries} entries of history, ${receipts} receipts${topic}` +
      ` in ${seconds.toFixed(1)} s: ${Math.round(sagas / seconds)} sagas/s`,
    `${ended} have ended, ${sagas - ended} live; for a person: ${stuck} stuck, ${paused} paused,` +
      ` ${flagged} flagged${deadLetterText(report)}`,
    ...breachLines(report),
    ...notJudgedLines(report),
    verdictOf(report),
  ].join('\n')
}

function deadLetterText({ deadLetters }: AuditReport): string {
  const all = Object.entries(deadLetters).map(([name, count]) => `${count} dead letters (${name})`)
  return all.map((text) => `, ${text}`).join('')
}

export function breachLines({
  breaches,
  counts,
}: Pick<AuditReport, 'breaches' | 'counts'>): readonly string[] {
  return Object.entries(counts).flatMap(([name, count]) => {
    const shown = breaches.filter((breach) => breach.name === name).slice(0, shownMax)
    const lines = shown.map(({ sagaId, subject }) => `  ${sagaId ?? '-'}  ${subject}`)
    const rest = count - shown.length
    return [`${name} (${count})`, ...lines, ...(rest > 0 ? [`  … and ${rest} more`] : [])]
  })
}

export function notJudgedLines({
  notJudged,
  unreadableEvents,
}: Pick<AuditReport, 'notJudged' | 'unreadableEvents'>): readonly string[] {
  const lines = notJudged.map(
    ({ what, sagas, example }) => `not judged: ${sagas} sagas: ${what}, e.g. ${example}`,
  )
  if (unreadableEvents === 0) return lines
  return [...lines, `not judged: ${unreadableEvents} records on the topic are no lifecycle event`]
}

export function verdictOf({
  breachCount,
  notJudged,
}: Pick<AuditReport, 'breachCount' | 'notJudged'>): string {
  if (breachCount > 0) return `${breachCount} breaches; docs/reliability.md tells what to do`
  return notJudged.length === 0 ? 'no breach' : 'no breach in what was judged'
}

export function progressText({ events, breaches }: Pick<AuditProgress, 'events' | 'breaches'>) {
  const topic = events === 0 ? '' : `${events} lifecycle events, `
  return `${topic}${breaches} breaches so far`
}
