// What a saga is found by beside its columns: the steps where it stands, and what went wrong.
import type { Json } from '../../messaging/message.ts'
import type { Attributes } from './saga-rows.ts'
import type { SagaView, StepView, TroubleView } from './saga-view.ts'

/** Longer texts are cut: they are there to be found, and the saga has the whole. */
const errorLengthMax = 1_000
/** Parallel steps that are listed; more than that nobody looks for. */
const stepsMax = 50

/** Names of steps that are under way in either direction, each once. */
export function stepsUnderWay({ steps }: Pick<SagaView, 'steps'>): readonly string[] {
  const names = steps.filter(isUnderWay).map(({ name }) => name)
  return [...new Set(names.map(storable))].slice(0, stepsMax)
}

function isUnderWay({ outcome, undo }: StepView): boolean {
  return outcome === 'pending' || undo === 'pending'
}

/** Where it is stuck, else why it turned back, else what the last try of a step met; or null. */
export function errorText({
  steps,
  stuck,
  failure,
}: Pick<SagaView, 'steps' | 'stuck' | 'failure'>): string | null {
  const trouble = stuck ?? failure ?? lastError(steps.filter(isUnderWay))
  if (trouble === null) return null
  const words = [trouble.step, textOf(trouble.reason)].filter(Boolean).join(': ')
  return storable(words).slice(0, errorLengthMax)
}

function lastError(steps: readonly StepView[]): Pick<TroubleView, 'step' | 'reason'> | null {
  const failed = steps.findLast(({ error }) => error !== null)
  return failed === undefined ? null : { step: failed.name, reason: failed.error }
}

/** As `saga_search` keeps them; names have no colon. */
export function attributeTexts(attributes: Attributes): readonly string[] {
  return Object.entries(attributes).map(([name, value]) => storable(`${name}:${value}`))
}

/** The other way round. */
export function attributesOf(texts: readonly string[]): Attributes {
  const entries = texts.map((text) => {
    const end = text.indexOf(':')
    return [text.slice(0, end), text.slice(end + 1)] as const
  })
  return Object.fromEntries(entries)
}

/** Values without the names of fields, which nobody would know; a technical error leads by code. */
function textOf(reason: Json): string {
  if (reason === null) return ''
  if (typeof reason !== 'object') return String(reason)
  return Object.values(reason)
    .map((value) => textOf(value as Json))
    .filter((text) => text !== '')
    .join(' ')
}

/** Postgres takes neither NUL nor half a surrogate pair. */
function storable(text: string): string {
  return text.replaceAll('\0', ' ').toWellFormed()
}
