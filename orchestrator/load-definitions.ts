// Loads saga definitions from modules of the user, named in the configuration. Called by main.ts.
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { SagaDefinition } from './definition/saga-definition.ts'
import { orchestratorError } from './errors.ts'

/**
 * Every definition that the modules export, alone or in an array, under whatever name.
 * @throws DEFINITION_INVALID when a module cannot be loaded or exports none.
 */
export async function loadDefinitions(
  paths: readonly string[],
): Promise<readonly SagaDefinition[]> {
  const loaded = await Promise.all(paths.map(loadModule))
  return loaded.flat()
}

async function loadModule(path: string): Promise<readonly SagaDefinition[]> {
  const module = await import(pathToFileURL(resolve(path)).href).catch((error: unknown) => {
    const problem = `the module cannot be loaded: ${error instanceof Error ? error.message : error}`
    throw orchestratorError('DEFINITION_INVALID', { name: path, problem }, error)
  })
  const definitions = Object.values(module).flat().filter(isDefinition)
  if (definitions.length > 0) return definitions
  const problem = 'the module exports no saga'
  throw orchestratorError('DEFINITION_INVALID', { name: path, problem })
}

function isDefinition(value: unknown): value is SagaDefinition {
  const candidate = value as Partial<SagaDefinition> | null
  return typeof candidate?.checkInput === 'function' && candidate.steps instanceof Map
}
