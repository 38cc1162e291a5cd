// `npm run bench -- grow`: what a saga costs beside millions of others. The same load on empty
// tables, then with a part of the past, then with all of it.
import { parseArgs } from 'node:util'
import { type LocalParts, startLocalParts } from '../../local/local-parts.ts'
import { openDb } from '../../messaging/db.ts'
import { whole } from '../arguments.ts'
import { startSagaline } from '../engines/sagaline.ts'
import type { Measurement } from '../measurement.ts'
import { figure, textTable } from '../text-table.ts'
import { type PastKind, PastRows, pastKinds } from './past-rows.ts'
import { realSagas } from './real-sagas.ts'
import { growthOf, openStatementCosts, type StatementCost } from './statement-costs.ts'

const usage = `npm run bench -- grow [--ended N] [--sleeping N] [--waiting N] [--scale F]
                          [--c N] [--seconds N]

Measures the same load beside no past, a tenth of it, and all of it: ended sagas (10,000,000),
sleeping ones (1,000,000), ones that wait with a timer (100,000), each times the scale (1; 0.01 for
a short run). The full past takes 65 GB of disk and half an hour to make.`

export type GrowArguments = {
  readonly past: Readonly<Record<PastKind, number>>
  readonly inFlight: number
  readonly seconds: number
}

/** @throws Error with a sentence for the user. */
export function readGrowArguments(args: readonly string[]): GrowArguments | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      ended: { type: 'string', default: '10000000' },
      sleeping: { type: 'string', default: '1000000' },
      waiting: { type: 'string', default: '100000' },
      scale: { type: 'string', default: '1' },
      c: { type: 'string', default: '128' },
      seconds: { type: 'string', default: '20' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return 'help'
  const scale = Number(values.scale)
  if (!(scale > 0 && scale <= 1)) throw new Error('--scale takes a number up to 1, e.g. 0.01')
  const scaled = (name: PastKind) =>
    Math.max(1, Math.round(whole(`--${name}`, values[name], 1_000_000_000) * scale))
  return {
    past: { ended: scaled('ended'), sleeping: scaled('sleeping'), waiting: scaled('waiting') },
    inFlight: whole('--c', values.c),
    seconds: whole('--seconds', values.seconds),
  }
}

/** Answers the exit code of the program. */
export async function growCommand(args: readonly string[]): Promise<number> {
  const given = readGrowArguments(args)
  if (given === 'help') {
    console.log(usage)
    return 0
  }
  const parts = await startLocalParts({ report: say, isForLoad: true })
  try {
    await loadStatementStatistics(parts)
    const points = await measurePoints(parts, given)
    console.log(`\n${pointsText(points)}`)
    return 0
  } finally {
    await parts.stop()
  }
}

type Point = {
  readonly past: Readonly<Record<PastKind, number>>
  readonly measured: Measurement
  readonly sagas: number
  readonly costs: readonly StatementCost[]
}

const fractions = [0, 0.1, 1]

async function measurePoints(parts: LocalParts, given: GrowArguments): Promise<readonly Point[]> {
  // A waiting saga's timer must not be due before all is measured.
  const environment = { STEP_TIMEOUT_MS: '3600000' }
  const options = { parts, report: say, partitions: 4, orchestrators: 1, sketch: null }
  const { engine, system } = await startSagaline(options, environment)
  const past = new PastRows(system.databases)
  const statements = await openStatementCosts(system.databases)
  const points: Point[] = []
  try {
    await realSagas(system, past)
    for (const fraction of fractions) {
      for (const kind of pastKinds) {
        await past.make(kind, Math.round(given.past[kind] * fraction), say)
      }
      if (fraction > 0) await refuseUnlike(past, system.url)
      await past.settle()
      await statements.reset()
      say(`${given.inFlight} in flight beside ${fraction * 100} % of the past`)
      const times = { warmUpMs: 5_000, measureMs: given.seconds * 1_000 }
      const measured = await engine.measure({ inFlight: given.inFlight, ...times })
      const costs = await statements.read()
      const sagas = measured.perSaga?.sagas ?? 1
      points.push({ past: { ...past.made }, measured, sagas, costs })
    }
  } finally {
    await statements.stop()
    await past.stop()
    await engine.stop()
  }
  return points
}

/** Made rows must be as real ones in size and number, and be read by REST as they are. */
async function refuseUnlike(past: PastRows, url: string): Promise<void> {
  for (const kind of pastKinds) {
    const differences = await past.differences(kind)
    if (differences.length > 0) throw new Error(`${kind} rows differ: ${differences.join('; ')}`)
    const answer = await fetch(`${url}/sagas/${past.idOf(kind)}`)
    const saga = (await answer.json()) as { readonly id?: string; readonly status?: string }
    if (saga.id !== past.idOf(kind)) throw new Error(`${kind}: ${JSON.stringify(saga)}`)
    say(`${kind} rows are as the real ones; REST says '${saga.status}'`)
  }
}

function pointsText(points: readonly Point[]): string {
  const [first] = points
  const last = points.at(-1)
  const head = [
    'ended, sleeping, waiting',
    'sagas/s',
    'CPU-s per 1,000',
    'buffers',
    'WAL bytes',
    'whole pages',
  ]
  const rows = points.map(({ past, measured }) => [
    pastKinds.map((kind) => past[kind].toLocaleString('en-US')).join(', '),
    figure(measured.sagasPerSecond),
    figure(measured.cpuPer1000All),
    figure(measured.perSaga?.buffers ?? null),
    figure(measured.perSaga?.walBytes ?? null),
    figure(measured.perSaga?.walPages ?? null),
  ])
  if (first === undefined || last === undefined) return ''
  const growth = growthOf(first, last).map(
    ({ statement, before, after }) =>
      `  ${figure(before)} -> ${figure(after)} buffers a saga, ${statement.database}: ${statement.text}`,
  )
  const grown = growth.length === 0 ? ['no statement looks at more pages'] : growth
  return [textTable([head, ...rows]), '', 'statements that look at more pages:', ...grown].join(
    '\n',
  )
}

/** A library that Postgres loads at its start only. */
async function loadStatementStatistics({ postgres }: LocalParts): Promise<void> {
  const db = openDb({ url: postgres.adminUrl, applicationName: 'bench', connectionsMax: 1 })
  await db.query(`alter system set shared_preload_libraries = 'pg_stat_statements'`)
  await db.stop()
  await postgres.stop()
  await postgres.start()
}

const say = (line: string) => console.log(`  ${line}`)
