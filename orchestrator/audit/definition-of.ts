// The definition that a saga was started with, or in words that it is not loaded here.
import type { Registry } from '../definition/registry.ts'
import type { SagaDefinition } from '../definition/saga-definition.ts'
import type { StoredSaga } from '../store/saga-rows.ts'

type Known = { readonly definition: SagaDefinition; readonly missing: null }
type Missing = { readonly definition: null; readonly missing: string }

export function definitionOf(
  registry: Registry,
  { saga, definitionHash }: Pick<StoredSaga, 'saga' | 'definitionHash'>,
): Known | Missing {
  const { name, version } = saga
  const definition = registry.version(name, version)
  if (definition?.hash === definitionHash) return { definition, missing: null }
  return { definition: null, missing: notLoaded(name, version, definitionHash) }
}

export function notLoaded(name: string, version: number, hash: string): string {
  return `the definition ${name}@${version} (${hash}) is not loaded`
}
