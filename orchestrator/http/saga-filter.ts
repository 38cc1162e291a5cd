// From what a search asks for, in a query or a body, to the filter of the store.
import type { SagaId } from '../../messaging/message.ts'
import { readTime } from '../coordinator/start-at.ts'
import { orchestratorError } from '../errors.ts'
import type { SearchFilter } from '../store/search-sagas.ts'
import { asSagaId } from './saga-id.ts'
import type { AskedFilter } from './schemas/list-schemas.ts'

/** `names`: those that may be seen, or null. @throws REQUEST_INVALID. */
export function filterOf(
  asked: AskedFilter,
  names: readonly string[] | null,
  ids: readonly SagaId[] | null = null,
): SearchFilter {
  return {
    name: asked.name ?? null,
    names,
    version: asked.version ?? null,
    statuses: asked.status ?? null,
    step: asked.step ?? null,
    startedAfter: timeOf('startedAfter', asked.startedAfter),
    startedBefore: timeOf('startedBefore', asked.startedBefore),
    businessKey: asked.businessKey ?? null,
    correlationId: asked.correlationId ?? null,
    parentId: asked.parentId === undefined ? null : idOf('parentId', asked.parentId),
    attributes: asked.attribute === undefined ? null : attributesOf(asked.attribute),
    error: asked.error ?? null,
    ids,
  }
}

/** By a key that never changes, and nothing that only the read model has. */
export function isKeyed({ businessKey, correlationId, parentId, step, error }: SearchFilter) {
  const hasKey = businessKey !== null || correlationId !== null || parentId !== null
  return hasKey && step === null && error === null
}

function invalid(problem: string): Error {
  return orchestratorError('REQUEST_INVALID', { problem })
}

/** @throws REQUEST_INVALID. */
export function timeOf(field: string, text: string | undefined): Date | null {
  if (text === undefined) return null
  const ms = readTime(text)
  if (ms === null) throw invalid(`/${field} is no time such as 2030-01-31T09:00:00Z`)
  return new Date(ms)
}

/** @throws REQUEST_INVALID: unlike a path, a search by what cannot be an id is a mistake. */
export function idOf(field: string, text: string): SagaId {
  const id = asSagaId(text)
  if (id === null) throw invalid(`/${field} is no id of a saga`)
  return id
}

function attributesOf(given: readonly string[]): Readonly<Record<string, string>> {
  const attributes = new Map<string, string>()
  for (const text of given) {
    const end = text.indexOf(':')
    const [name, value] = [text.slice(0, end), text.slice(end + 1)]
    if ((attributes.get(name) ?? value) !== value) {
      throw invalid(`/attribute names ${name} with two values`)
    }
    attributes.set(name, value)
  }
  return Object.fromEntries(attributes)
}
