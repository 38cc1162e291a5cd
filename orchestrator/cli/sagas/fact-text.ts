// What happened to a saga, fact by fact, in words of one line: for `show` and `tail`.
import type { Api } from '../../client/index.ts'
import { type Colour, valueText } from '../paint.ts'

export type Entry = Api['get-saga-history']['answer']['items'][number]
export type Fact = Entry['facts'][number]

const words: Readonly<Record<string, string>> = {
  'saga.scheduled': 'scheduled',
  'saga.waiting': 'waits for its locks',
  'saga.started': 'started',
  'saga.overdue': 'took too long',
  'saga.compensating': 'turns back',
  'saga.completed': 'completed',
  'saga.compensated': 'compensated',
  'saga.stuck': 'stuck: a person must look',
  'saga.flagged': 'flagged',
  'saga.retried': 'retried by hand',
  'saga.abandoned': 'abandoned',
  'saga.cancelled': 'cancelled',
  'saga.terminated': 'terminated',
  'saga.paused': 'paused',
  'saga.resumed': 'resumed',
  'saga.revoked': 'taken back by its parent',
  'saga.migrated': 'migrated',
  'step.succeeded': 'done',
  'step.refused': 'refused',
  'step.failed': 'failed',
  'step.timed-out': 'no reply in time',
  'step.unknown': 'outcome unknown',
  'step.skipped': 'skipped',
  'undo.succeeded': 'undone',
  'undo.refused': 'undo refused',
  'undo.failed': 'undo failed',
  'undo.timed-out': 'no reply to the undo in time',
  'undo.skipped': 'undo skipped',
}

/** Without its detail. */
export function factWords({ type, direction, attempt = 1 }: Fact): string {
  if (type !== 'command.sent') return words[type] ?? type.replace('.', ' ')
  const what = direction === 'undo' ? 'undo sent' : 'sent'
  return attempt === 1 ? what : `${what}, attempt ${attempt}`
}

export function detailText({ detail }: Fact): string {
  return valueText(detail)
}

const good = /succeeded|completed|delivered/
const bad = /refused|failed|stuck|timed-out|unknown|overdue|terminated|flagged|malformed/
const back = /compensat|cancelled|abandoned|undo/

export function factColour({ type, direction }: Fact): Colour | null {
  if (bad.test(type)) return 'red'
  if (back.test(type) || direction === 'undo') return 'yellow'
  if (good.test(type)) return 'green'
  return type === 'command.sent' ? 'dim' : null
}

/** `name` or, of a visit that is not the first, `name#2`. */
export function stepText({ step, visit = 1 }: Fact): string {
  if (step === undefined) return ''
  return visit === 1 ? step : `${step}#${visit}`
}
