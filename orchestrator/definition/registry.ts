// The definitions that this process can run: by name and version, the newest of a name starts.
import { orchestratorError } from '../errors.ts'
import type { SagaDefinition } from './saga-definition.ts'

export type Registry = {
  /** The newest version of a name, or null. */
  newest(name: string): SagaDefinition | null
  /** The version that a living saga keeps, or null when this process does not have it. */
  version(name: string, version: number): SagaDefinition | null
  all(): readonly SagaDefinition[]
}

/** A definition with its content, as one text: `name@version#hash`. */
export function definitionKey(of: Pick<SagaDefinition, 'name' | 'version' | 'hash'>): string {
  return `${of.name}@${of.version}#${of.hash}`
}

/** @throws DEFINITION_DUPLICATE when one name and version comes with two contents. */
export function createRegistry(definitions: readonly SagaDefinition[]): Registry {
  const versions = new Map<string, SagaDefinition>()
  const newest = new Map<string, SagaDefinition>()
  for (const definition of definitions) {
    const { name, version, hash } = definition
    const known = versions.get(`${name}@${version}`)
    if (known && known.hash !== hash) {
      throw orchestratorError('DEFINITION_DUPLICATE', { name, version })
    }
    versions.set(`${name}@${version}`, definition)
    const last = newest.get(name)
    if (!last || last.version < version) newest.set(name, definition)
  }
  return {
    newest: (name) => newest.get(name) ?? null,
    version: (name, version) => versions.get(`${name}@${version}`) ?? null,
    all: () => [...versions.values()],
  }
}
