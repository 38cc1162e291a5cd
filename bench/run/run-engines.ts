// `npm run bench`: each engine in turn on the same Kafka and Postgres, each load in turn, and what
// its databases say afterwards.
import { writeFile } from 'node:fs/promises'
import { cpus, release, type as systemName, totalmem } from 'node:os'
import { type LocalParts, startLocalParts } from '../../local/local-parts.ts'
import { type BenchArguments, secondsOf } from '../arguments.ts'
import { MissingEngineError, type RunningEngine } from '../engines/engine.ts'
import { engines } from '../engines/engines.ts'
import type { EngineKind, Machine, Measurement, Report } from '../measurement.ts'
import { areWithinLimits } from './limits.ts'
import { plotReport } from './plot-report.ts'
import { reportText } from './print-report.ts'

/** Of every topic, for every engine. */
export const partitions = 4

/** JVMs and Node compile what is hot: the first engine would pay for the broker's. */
const untimed = { inFlight: 32, warmUpMs: 1_000, measureMs: 9_000 }

const say = (line: string) => console.log(`  ${line}`)

/** Answers the exit code of the program. */
export async function runEngines(given: BenchArguments): Promise<number> {
  const parts = await startLocalParts({ report: say, isForLoad: true })
  try {
    const report = await measureEngines(given, parts)
    console.log(`\n${reportText(report)}`)
    if (given.json !== null) await writeFile(given.json, `${JSON.stringify(report, null, 2)}\n`)
    if (given.plot !== null) await writeFile(given.plot, plotReport(report))
    return isRight(report) ? 0 : 1
  } finally {
    await parts.stop()
  }
}

async function measureEngines(given: BenchArguments, parts: LocalParts): Promise<Report> {
  const runs: Measurement[] = []
  const disagreements: Partial<Record<EngineKind, number>> = {}
  const missing: Partial<Record<EngineKind, string>> = {}
  for (const kind of given.engines) {
    const report = (line: string) => say(`${kind}: ${line}`)
    const options = { parts, report, partitions, ...given }
    const engine = await engines[kind](options).catch((error: unknown) => {
      if (!(error instanceof MissingEngineError)) throw error
      missing[kind] = error.message
      report(error.message)
      return null
    })
    if (engine === null) continue
    try {
      runs.push(...(await measureLoads(given, engine, report)))
      const rows = await engine.disagreements()
      if (rows !== null) disagreements[kind] = rows
    } finally {
      await engine.stop()
    }
  }
  const { orchestrators } = given
  const at = new Date().toISOString()
  return { format: 1, at, machine: machine(), orchestrators, runs, disagreements, missing }
}

async function measureLoads(
  given: BenchArguments,
  engine: RunningEngine,
  report: (line: string) => void,
): Promise<readonly Measurement[]> {
  const measured: Measurement[] = []
  report('an untimed load first')
  await engine.measure(untimed)
  for (const inFlight of given.inFlight) {
    const seconds = secondsOf(given, inFlight)
    report(`${inFlight} in flight: ${given.warmUpSeconds} s of warm-up, ${seconds} s timed`)
    const times = { warmUpMs: given.warmUpSeconds * 1_000, measureMs: seconds * 1_000 }
    measured.push(await engine.measure({ inFlight, ...times }))
  }
  return measured
}

function machine(): Machine {
  return {
    cores: cpus().length,
    cpu: cpus()[0]?.model ?? 'unknown',
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.versions.node,
    system: `${systemName()} ${release()}`,
  }
}

function isRight({ runs, disagreements }: Report): boolean {
  const own = runs.filter(({ engine }) => /^(sagaline|floor|floor-apart)$/.test(engine))
  const areRowsRight = Object.values(disagreements).every((rows) => rows === 0)
  return areRowsRight && own.every(({ failed }) => failed === 0) && areWithinLimits(runs)
}
