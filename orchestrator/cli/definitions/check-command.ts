// `sagaline check`: whether the sagas of a folder can be loaded, and what they are; with `--url`,
// whether a running orchestrator can take them.
import type { Client } from '../../client/index.ts'
import type { SagaDefinition } from '../../definition/saga-definition.ts'
import { isSensitiveDefinition } from '../../definition/sensitive-definition.ts'
import { loadDefinitions } from '../../load-definitions.ts'
import { type Command, exitCodes, flagText, type Screen, type Terminal, tell } from '../command.ts'
import { connect, restFlags } from '../connection.ts'
import { type Cell, paintFor, tableText } from '../paint.ts'
import { durationText } from '../times.ts'
import { definitionFiles, definitionFlags } from './find-definitions.ts'
import { type TimeBudget, timeBudget } from './time-budget.ts'

type Found = {
  readonly file: string
  readonly name: string
  readonly version: number
  readonly hash: string
  readonly isSensitive: boolean
  readonly steps: readonly {
    readonly name: string
    readonly kind: string
    readonly command: string
    readonly topic: string
    readonly undo: string | null
    readonly child: string | null
  }[]
  readonly signals: readonly string[]
  readonly budget: TimeBudget
}

type Report = {
  readonly sagas: readonly Found[]
  /** By file; empty when all is well. */
  readonly problems: readonly { readonly file: string; readonly problem: string }[]
}

/** Modules in one call. */
const filesMax = 1_000

export const checkCommand: Command = {
  name: 'check',
  summary: 'Checks the sagas of this folder, and with --url whether they fit what runs there.',
  takes: '[<file>…]',
  wordsMax: filesMax,
  flags: {
    ...definitionFlags,
    ...restFlags,
    url: { value: 'URL', help: 'Compares them with the orchestrator there.' },
  },
  examples: [
    'sagaline check',
    'sagaline check ./sagas.ts --json',
    'sagaline check --url http://127.0.0.1:3000    # before a deployment',
  ],
  run: async (call, terminal) => {
    const files = await definitionFiles(call, terminal, call.words)
    const report = await checkFiles(files)
    const isCompared = flagText(call, 'url') !== null
    const compared = isCompared ? await compareWith(report.sagas, connect(call, terminal)) : []
    const problems = [...report.problems, ...duplicates(report.sagas), ...compared]
    const whole = { sagas: report.sagas, problems }
    tell(call, terminal, whole, () => reportText(whole, terminal))
    return problems.length === 0 ? exitCodes.fine : exitCodes.refused
  },
}

/** Every file, also when one of them is broken. */
export async function checkFiles(files: readonly string[]): Promise<Report> {
  const sagas: Found[] = []
  const problems: { file: string; problem: string }[] = []
  for (const file of files) {
    try {
      const loaded = await loadDefinitions([file])
      sagas.push(...loaded.map((definition) => toFound(file, definition)))
    } catch (error) {
      problems.push({ file, problem: error instanceof Error ? error.message : String(error) })
    }
  }
  return { sagas, problems }
}

function toFound(file: string, definition: SagaDefinition): Found {
  const { name, version, hash, signals, steps } = definition
  return {
    ...{ file, name, version, hash },
    isSensitive: isSensitiveDefinition(definition),
    steps: [...steps.values()].map(({ name: step, kind, command, child }) => ({
      ...{ name: step, kind, command: command.name, topic: command.topic },
      undo: command.undo?.name ?? null,
      child: child === null ? null : `${child.name}@${child.version}`,
    })),
    signals: [...signals.keys()],
    budget: timeBudget(definition),
  }
}

function duplicates(sagas: readonly Found[]): Report['problems'] {
  return sagas.flatMap(({ file, name, version, hash }, at) => {
    const isSame = (one: Found) => one.name === name && one.version === version
    const first = sagas.slice(0, at).find((one) => isSame(one) && one.hash !== hash)
    if (first === undefined) return []
    const problem = `${name}@${version} is in ${first.file} as well, with another content`
    return [{ file, problem }]
  })
}

/** A version that is known there must be the same here. */
async function compareWith(sagas: readonly Found[], client: Client): Promise<Report['problems']> {
  const { items } = await client.call('list-definitions')
  return sagas.flatMap(({ file, name, version, hash }) => {
    const there = items.find((one) => one.name === name && one.version === version)
    if (there === undefined || there.hash === hash) return []
    const advice = `its living sagas keep the old one, so give this one version ${version + 1}`
    return [{ file, problem: `${name}@${version} runs there with another content: ${advice}` }]
  })
}

function reportText({ sagas, problems }: Report, { screen }: Terminal): string {
  const paint = paintFor(screen)
  const broken = problems.map(({ file, problem }) => `${paint('red', '✗')} ${file}: ${problem}`)
  const count = problems.length
  const verdict =
    count === 0
      ? paint('green', sagas.length === 1 ? '1 saga is fine' : `${sagas.length} sagas are fine`)
      : paint('red', `${count} ${count === 1 ? 'problem' : 'problems'}`)
  return [...sagas.map((saga) => sagaText(saga, screen)), ...broken, verdict].join('\n\n')
}

function sagaText(saga: Found, screen: Screen): string {
  const paint = paintFor(screen)
  const { forwardMs, backMs } = saga.budget
  const back = backMs === 0 ? '' : `, undone in ${durationText(backMs)}`
  const more = [
    `at the worst done in ${durationText(forwardMs)}${back}`,
    ...(saga.signals.length > 0 ? [`signals: ${saga.signals.join(', ')}`] : []),
    ...(saga.isSensitive ? ['has sensitive fields: needs SAGALINE_ENCRYPTION_KEYS'] : []),
  ]
  const rows = saga.steps.map(({ name, kind, command, topic, undo, child }): readonly Cell[] => [
    `  ${name}`,
    { text: kind, colour: kind === 'pivot' ? 'magenta' : 'dim' },
    child ?? command,
    child === null ? topic : '',
    undo === null ? '' : `undo ${undo}`,
  ])
  const title = paint('bold', `${saga.name}@${saga.version}`)
  const head = `${paint('green', '✓')} ${title}  ${paint('dim', `${saga.file}  ${saga.hash}`)}`
  return [head, tableText([], rows, screen), ...more.map((line) => `  ${paint('dim', line)}`)].join(
    '\n',
  )
}
