// `npm run demo -- --full`: every part of the product on one Kafka, one Postgres and one order system,
// one after the other, and a table of what was right. Called by main.ts.
import { freePorts } from '../../../local/free-ports.ts'
import type { LocalParts } from '../../../local/local-parts.ts'
import { type DemoSystem, databasePrefix, onDemoSystem } from '../demo-system.ts'
import { onLocalParts } from '../on-local-parts.ts'
import type { DemoOptions } from '../run-demo.ts'
import { isRight, runOrders } from '../run-orders.ts'
import { createSagaApi } from '../saga-api.ts'
import { certificates } from './certificates.ts'
import { createCli } from './cli.ts'
import { eventParts } from './event-parts.ts'
import { historyParts } from './history-parts.ts'
import { operationParts } from './operation-parts.ts'
import { type FullDemo, judged, type Part, type Shown } from './part.ts'
import { type Row, summaryTable, verdictColour, wrapped } from './summary-table.ts'
import { telemetryParts } from './telemetry-parts.ts'

/** The retention is near the end, since it lets the sagas of the first parts go. */
const others = (): readonly Part[] => [
  ...eventParts(),
  ...telemetryParts,
  ...historyParts,
  ...certificates,
  ...operationParts,
]

const queue = {
  name: 'message queue',
  story: 'Commands and replies over Kafka: five orders, a saga each.',
}

/** Every process sends its log lines to Kafka too, what it says of each command among them. */
const environment = { LOG_TOPIC: 'logs', LOG_LEVEL: 'debug' }

const indent = '   '
const lineWidth = 96

/** Answers whether nothing was wrong. @throws the signal's reason, and what kept it from starting. */
export async function runFull(options: DemoOptions): Promise<boolean> {
  const { say, clock, paint } = options
  const startedAt = clock.monotonicMs()
  const rows = await onLocalParts(options, (parts) => runOnParts(parts, options))
  for (const line of ['', ...summaryTable(rows, paint), '']) say(line)
  const seconds = ((clock.monotonicMs() - startedAt) / 1_000).toFixed(0)
  say(`${verdictOf(rows, options)} Everything is stopped again; it took ${seconds} s.`)
  return rows.every(({ verdict }) => verdict !== 'WRONG')
}

async function runOnParts(parts: LocalParts, options: DemoOptions): Promise<readonly Row[]> {
  const { signal, report, clock } = options
  const [viewPort = 0] = await freePorts(1)
  const given = { parts, clock, signal, report, environment, viewPort }
  return onDemoSystem(given, (demo) => runParts(parts, demo, options))
}

async function runParts(
  parts: LocalParts,
  demo: DemoSystem,
  options: DemoOptions,
): Promise<readonly Row[]> {
  const { signal, clock, paint } = options
  const { system } = demo
  const say = (line: string) => {
    const lines = line.length > lineWidth ? wrapped(line, lineWidth) : [line]
    for (const text of lines) options.say(paint('dim', `${indent}${text}`))
  }
  let runs: FullDemo['runs'] = []
  const first = await runPart(queue, 1, options, async () => {
    runs = await runOrders(demo, options)
    const wrong = runs.flatMap(({ problems }) => problems)
    if (wrong.length > 0) for (const line of demo.warnings.lines()) options.report(line)
    options.say('')
    return judged(`${runs.filter(isRight).length} orders ended as they must`, wrong)
  })
  const full: FullDemo = {
    ...{ parts, system, runs, clock, signal, say },
    api: createSagaApi(system.url, signal),
    cli: createCli(signal, say),
    createDatabase: (name) => {
      signal.throwIfAborted()
      return parts.createDatabase(`${databasePrefix}${name}`)
    },
  }
  const rows = [first]
  for (const part of others()) {
    rows.push(await runPart(part, rows.length + 1, options, () => part.show(full)))
  }
  return rows
}

/** What is wrong with one part keeps no other from being shown. @throws the signal's reason */
async function runPart(
  { name, story }: Pick<Part, 'name' | 'story'>,
  number: number,
  { say, paint, clock, signal, report }: DemoOptions,
  show: () => Promise<Shown>,
): Promise<Row> {
  for (const line of ['', paint('bold', `Part ${number}: ${name}`)]) say(line)
  for (const line of wrapped(story, lineWidth)) say(`${indent}${line}`)
  const startedAt = clock.monotonicMs()
  const shown = await show().catch((error: unknown): Shown => {
    signal.throwIfAborted()
    report(error instanceof Error ? (error.stack ?? error.message) : String(error))
    const [says = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
    return { says, verdict: 'WRONG' }
  })
  signal.throwIfAborted()
  const [line = '', ...more] = wrapped(`${shown.verdict}: ${shown.says}`, lineWidth)
  for (const text of [line, ...more]) say(paint(verdictColour(shown), `${indent}${text}`))
  return { name, ...shown, tookMs: clock.monotonicMs() - startedAt }
}

function verdictOf(rows: readonly Row[], { paint }: DemoOptions): string {
  const count = (verdict: Shown['verdict']) => rows.filter((row) => row.verdict === verdict).length
  const [right, wrong, left] = [count('right'), count('WRONG'), count('left out')]
  const also = left === 0 ? '' : `, ${left} left out`
  return wrong === 0
    ? paint('green', `All ${right} parts that were shown are right${also}.`)
    : paint('red', `${wrong} of ${right + wrong} parts are WRONG${also}.`)
}
