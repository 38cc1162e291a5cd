// A fault as a person chooses it in the form, and as the server takes it. Pure.
import type { Api } from '../../orchestrator/client/index.ts'

export type FaultOrder = Omit<Api['add-fault']['ask']['body'], 'actor' | 'reason'>
export type FaultKind = FaultOrder['fault']['kind']

/** What the form has room for; each text as it was written. */
export type ChosenFault = {
  /** Null: it starts as every other. */
  readonly step: string | null
  readonly kind: FaultKind
  readonly times: string
  /** Of a decline as JSON, of a throw as text. */
  readonly reason: string
  readonly ms: string
}

export const noFault: ChosenFault = {
  ...{ step: null, kind: 'decline', times: '1', reason: '"on purpose"', ms: '2000' },
}

export const faultWords: Readonly<Record<FaultKind, readonly [label: string, means: string]>> = {
  decline: [
    'Refuse it',
    'The step is refused for this reason, which is final: the saga turns back.',
  ],
  throw: ['Throw', 'The handler throws; it is tried again, and fails when all tries are used up.'],
  'time-out': ['Never answer', 'Nothing is done and nobody answers, until the step times out.'],
  duplicate: ['Deliver twice', 'The command comes a second time; nothing may be done twice.'],
  delay: ['Answer late', 'It is carried out so much later.'],
  'crash-before-commit': [
    'Crash before the commit',
    'The process of the service dies, its work undone.',
  ],
  'crash-after-commit': [
    'Crash after the commit',
    'The process dies when all is done, unanswered.',
  ],
}

export const faultKinds = Object.keys(faultWords) as readonly FaultKind[]

/** Null without a step; a problem where what was written makes no sense. */
export function faultOf(
  { step, kind, times, reason, ms }: ChosenFault,
  commandOf: (step: string) => string,
): { readonly order: FaultOrder | null; readonly wrong: string | null } {
  if (step === null) return { order: null, wrong: null }
  if (!isCount(times)) return { order: null, wrong: 'How often is no count.' }
  if (kind === 'delay' && !isCount(ms)) return { order: null, wrong: 'The delay is no count.' }
  const detail = detailOf(kind, reason, ms)
  if (detail === null) return { order: null, wrong: 'The reason is no JSON.' }
  const fault = { kind, ...detail }
  return { order: { command: commandOf(step), step, times: Number(times), fault }, wrong: null }
}

const isCount = (text: string) => /^[1-9]\d{0,6}$/.test(text)

function detailOf(kind: FaultKind, reason: string, ms: string) {
  if (kind === 'delay') return { ms: Number(ms) }
  if (kind === 'throw') return reason.trim() === '' ? {} : { message: reason }
  if (kind !== 'decline') return {}
  try {
    return { reason: JSON.parse(reason) as unknown }
  } catch {
    return null
  }
}
