// The filter of the list of sagas as it stands in the address of the page: every filter of REST, so
// that a view can be kept and passed on.
import type { Api } from '../../orchestrator/client/index.ts'
import { type Status, statusNames } from '../words/status.ts'

export type SagaFilter = Omit<NonNullable<Api['list-sagas']['ask']['query']>, 'limit' | 'cursor'>

/** Each is one text in the address. */
export const textFilters = [
  'name',
  'step',
  'businessKey',
  'correlationId',
  'parentId',
  'error',
  'startedAfter',
  'startedBefore',
] as const

export type TextFilter = (typeof textFilters)[number]

export function readFilter(search: string): SagaFilter {
  const params = new URLSearchParams(search)
  const texts = textFilters.flatMap((name) => {
    const value = params.get(name)?.trim()
    return value === undefined || value === '' ? [] : [[name, value] as const]
  })
  const status = params.getAll('status').filter((one): one is Status => isStatus(one))
  const attribute = params.getAll('attribute').filter((one) => /^[^:]+:./.test(one))
  const version = Number(params.get('version'))
  return {
    ...Object.fromEntries(texts),
    ...(Number.isInteger(version) && version > 0 && { version }),
    ...(status.length > 0 && { status }),
    ...(attribute.length > 0 && { attribute }),
  }
}

const isStatus = (text: string) => (statusNames as readonly string[]).includes(text)

/** Without a question mark; always in the same order. */
export function writeFilter(filter: SagaFilter): string {
  const params = new URLSearchParams()
  for (const one of filter.status ?? []) params.append('status', one)
  if (filter.version !== undefined) params.set('version', String(filter.version))
  for (const name of textFilters) {
    const value = filter[name]
    if (value !== undefined && value !== '') params.set(name, value)
  }
  for (const one of filter.attribute ?? []) params.append('attribute', one)
  return params.toString()
}

/** How many of its parts say something. */
export const filterSize = (filter: SagaFilter): number => Object.keys(filter).length

/** Whether a saga that was in the list, and moved on, belongs there still; null: not known here. */
export function stillFits(filter: SagaFilter, status: Status): boolean {
  return filter.status === undefined || filter.status.includes(status)
}
