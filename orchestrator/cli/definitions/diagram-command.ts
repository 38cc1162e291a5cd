// `sagaline diagram`: the statechart of a saga as Mermaid text or as SVG.
import { writeFile } from 'node:fs/promises'
import { drawnChart } from '../../definition/drawn-chart.ts'
import { createRegistry } from '../../definition/registry.ts'
import type { SagaDefinition } from '../../definition/saga-definition.ts'
import { orchestratorError } from '../../errors.ts'
import { loadDefinitions } from '../../load-definitions.ts'
import { type Call, type Command, exitCodes, flagText, isFlagSet, usage } from '../command.ts'
import { definitionFiles, definitionFlags } from './find-definitions.ts'
import { mermaidText } from './mermaid.ts'
import { svgText } from './svg.ts'

export const diagramCommand: Command = {
  name: 'diagram',
  summary: 'Draws the statechart of a saga, as Mermaid text or as SVG.',
  takes: '[<saga>]',
  wordsMax: 1,
  flags: {
    ...definitionFlags,
    version: { value: 'NUMBER', help: 'Of the saga; the newest unless given.' },
    svg: { value: null, help: 'An SVG document instead of Mermaid text.' },
    out: { value: 'FILE', help: 'Writes it there.' },
  },
  examples: [
    'sagaline diagram place-order >> README.md',
    'sagaline diagram place-order --svg --out place-order.svg',
    'sagaline diagram --definitions ./sagas.ts --json',
  ],
  run: async (call, terminal) => {
    const files = await definitionFiles(call, terminal)
    const definition = chosen(call, await loadDefinitions(files))
    const chart = drawnChart(definition)
    const text = isFlagSet(call, 'svg') ? svgText(chart) : mermaidText(chart)
    const file = flagText(call, 'out')
    if (file !== null) {
      await writeFile(file, text).catch((error: NodeJS.ErrnoException) => {
        throw usage(`--out cannot be written: ${error.code}`)
      })
    }
    const { name, version } = definition
    const format = isFlagSet(call, 'svg') ? 'svg' : 'mermaid'
    if (isFlagSet(call, 'json')) terminal.out(JSON.stringify({ name, version, format, file, text }))
    else terminal.out(file === null ? text.trimEnd() : `${name}@${version} is in ${file}`)
    return exitCodes.fine
  },
}

/** @throws CLI_USAGE, SAGA_NAME_UNKNOWN, DEFINITION_UNKNOWN */
function chosen(call: Call, definitions: readonly SagaDefinition[]): SagaDefinition {
  const registry = createRegistry(definitions)
  const names = [...new Set(definitions.map(({ name }) => name))]
  const name = call.words[0] ?? (names.length === 1 ? names[0] : undefined)
  if (name === undefined) throw usage(`a saga must be named: ${names.join(', ')}`)
  const newest = registry.newest(name)
  if (newest === null) throw orchestratorError('SAGA_NAME_UNKNOWN', { name })
  const version = flagText(call, 'version')
  const found = version === null ? newest : registry.version(name, Number(version))
  if (found === null) throw orchestratorError('DEFINITION_UNKNOWN', { name, version })
  return found
}
