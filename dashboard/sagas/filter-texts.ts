// The filters that are used less often, as texts of their fields and back. Pure.
import { type SagaFilter, textFilters } from './filter-url.ts'

export type Texts = Readonly<Record<string, string>>

export function textsOf(filter: SagaFilter): Texts {
  const texts = textFilters.map((name) => [name, filter[name] ?? ''])
  return {
    ...Object.fromEntries(texts),
    startedAfter: localTime(filter.startedAfter),
    startedBefore: localTime(filter.startedBefore),
    version: filter.version === undefined ? '' : String(filter.version),
    attribute: filter.attribute?.join(', ') ?? '',
  }
}

export function withTexts(filter: SagaFilter, texts: Texts): SagaFilter {
  const { status, name, error } = filter
  const given = textFilters.flatMap((one) => {
    const text = texts[one]?.trim() ?? ''
    if (text === '' || one === 'name' || one === 'error') return []
    return [[one, one.startsWith('started') ? new Date(text).toISOString() : text] as const]
  })
  const version = Number(texts['version'])
  const attribute = attributesOf(texts['attribute'] ?? '')
  return {
    ...(status && { status }),
    ...(name && { name }),
    ...(error && { error }),
    ...Object.fromEntries(given),
    ...(version > 0 && { version }),
    ...(attribute.length > 0 && { attribute }),
  }
}

/** A comma parts two only where another name and colon follow, for a value may have one itself. */
const attributesOf = (text: string): readonly string[] =>
  text
    .split(/,\s*(?=[^,:]+:)/)
    .map((one) => one.trim())
    .filter((one) => one.includes(':'))

/** As the field for a time wants it: local, in full, so that an untouched one stays as it is. */
function localTime(at: string | undefined): string {
  if (at === undefined) return ''
  const date = new Date(at)
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000)
  return Number.isNaN(local.getTime()) ? '' : local.toISOString().slice(0, -1)
}
