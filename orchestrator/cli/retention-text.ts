// What `sagaline retention` found and did, in words.
import type { PlannedPart } from '../retention/plan-retention.ts'
import type { Verified } from '../retention/verify-archive.ts'
import type { Holder } from '../store/held-parts.ts'
import type { Screen } from './command.ts'
import { tableText } from './paint.ts'

export type PartReport = PlannedPart & {
  /** What its archive holds, as it was verified; null without one. */
  readonly archived: Verified | null
  readonly gone: number
  /** Sagas that should go and stayed: they moved meanwhile. */
  readonly left: number
  readonly isDropped: boolean
}

export type RetentionReport = {
  readonly parts: readonly PartReport[]
  readonly restEntries: number
  /** Keys of starts and verbs for many that went with the parts; null when nothing was dropped. */
  readonly leftovers: { readonly keys: number; readonly jobs: number } | null
}

const reasons: Readonly<Record<Holder['reason'], string>> = {
  living: 'live',
  'living-parent': 'have a saga above them that lives',
  'living-child': 'have a child saga that lives',
  'ended-lately': 'are to be kept for longer',
  unpublished: 'have not been told to Kafka whole',
  'held-event': 'have an event that waits for an instance',
}

export function retentionText(report: RetentionReport, screen: Screen): string {
  const { parts, restEntries, leftovers } = report
  const rows = parts.map((part) => [
    part.name,
    `${part.sagas}`,
    sizeText(part.bytes),
    verdictText(part),
  ])
  const isAny = parts.some(({ verdict }) => verdict === 'may-go')
  const hasDone = parts.some(({ archived, isDropped }) => archived !== null || isDropped)
  return [
    tableText(['PART', 'SAGAS', 'ON DISK', ''], rows, screen),
    ...(restEntries === 0
      ? []
      : [`${restEntries} entries lie in no day: do the orchestrators run, and is migrate run?`]),
    ...(leftovers === null
      ? []
      : [`${leftovers.keys} idempotency keys and ${leftovers.jobs} jobs went with them`]),
    ...(isAny && !hasDone ? ['nothing was changed: --archive FOLDER and --drop do it'] : []),
  ].join('\n')
}

function verdictText(part: PartReport): string {
  const { verdict, archived, isDropped, left } = part
  if (verdict === 'open') return 'still open'
  if (verdict === 'held') return `stays: ${part.holders.map(holderText).join('; ')}`
  const kept = archived === null ? '' : `archived and verified: ${archived.entries} entries`
  if (left > 0) return `${kept}; stays: ${left} sagas moved meanwhile`
  if (isDropped) return kept === '' ? 'dropped' : `${kept}; dropped`
  return kept === '' ? 'may go' : kept
}

function holderText({ reason, sagas, examples }: Holder): string {
  return `${sagas} ${reasons[reason]}, e.g. ${examples[0] ?? ''}`
}

function sizeText(bytes: number): string {
  const mb = bytes / 1024 / 1024
  return mb >= 10 ? `${Math.round(mb)} MB` : `${mb.toFixed(1)} MB`
}
