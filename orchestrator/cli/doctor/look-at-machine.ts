// What the doctor looks at on this machine: Node, the settings, the definitions of the folder.
import { createCipher } from '../../../messaging/cipher.ts'
import type { SagaDefinition } from '../../definition/saga-definition.ts'
import { isSensitiveDefinition } from '../../definition/sensitive-definition.ts'
import { loadDefinitions } from '../../load-definitions.ts'
import type { Call, Terminal } from '../command.ts'
import type { CliConfig } from '../config.ts'
import { definitionFiles } from '../definitions/find-definitions.ts'
import { broken, type Finding, fine, skipped } from './finding.ts'

/** As package.json has it. */
const nodeMin = [22, 18] as const

export function lookAtNode(version = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isEnough = major > nodeMin[0] || (major === nodeMin[0] && minor >= nodeMin[1])
  if (isEnough) return fine('node', `Node ${version}`)
  const wanted = nodeMin.join('.')
  return broken('node', `Node ${version} is too old`, `install Node ${wanted} or later`)
}

/** Null beside the finding when they cannot be read. */
export function lookAtSettings(terminal: Terminal): readonly [Finding, CliConfig | null] {
  try {
    return [fine('settings', 'the environment can be read'), terminal.config()]
  } catch (error) {
    const says = error instanceof Error ? error.message.replaceAll('\n', ' ') : String(error)
    const mend = 'correct these variables; docs/configuration.md has all of them'
    return [broken('settings', says, mend), null]
  }
}

/** The loaded definitions beside the findings; none where none can be loaded. */
export async function lookAtDefinitions(
  call: Call,
  terminal: Terminal,
  config: CliConfig,
): Promise<readonly [readonly Finding[], readonly SagaDefinition[]]> {
  const name = 'definitions'
  const files = await definitionFiles(call, terminal).catch(() => null)
  if (files === null) {
    const mend = 'name modules with --definitions or SAGALINE_DEFINITIONS, or go to their folder'
    return [[skipped(name, 'no module with sagas is known here', mend)], []]
  }
  try {
    const found = await loadDefinitions(files)
    const names = found.map((one) => `${one.name}@${one.version}`).join(', ')
    return [[fine(name, `${names} (${files.join(', ')})`), ...lookAtKeys(found, config)], found]
  } catch (error) {
    const says = error instanceof Error ? error.message : String(error)
    return [[broken(name, says, '`sagaline check` looks at each file')], []]
  }
}

function lookAtKeys(
  definitions: readonly SagaDefinition[],
  { encryptionKeys }: CliConfig,
): readonly Finding[] {
  const sensitive = definitions.filter(isSensitiveDefinition)
  if (sensitive.length === 0) return []
  const names = sensitive.map(({ name }) => name).join(', ')
  const { hasKeys } = createCipher(encryptionKeys ?? [])
  if (hasKeys) return [fine('encryption', `there is a key for the sensitive fields of ${names}`)]
  const mend = 'set SAGALINE_ENCRYPTION_KEYS, the same for all orchestrators; docs/security.md'
  return [broken('encryption', `${names} has sensitive fields, and there is no key`, mend)]
}
