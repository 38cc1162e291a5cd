// `npm run bench`: the order saga in a closed loop on real Kafka and Postgres, with sagas/s,
// latency, CPU and memory of every process, and what the three databases say afterwards.
import { writeFile } from 'node:fs/promises'
import { type LocalParts, startLocalParts } from '../local/local-parts.ts'
import { type OrderSystem, startOrderSystem } from '../services/system/order-system.ts'
import { type BenchArguments, readArguments, usage } from './arguments.ts'
import { countDisagreements } from './disagreements.ts'
import { areWithinLimits } from './limits.ts'
import { type Measurement, measure } from './measure.ts'
import { measurePoison, printPoison, ratioMin } from './poison.ts'
import type { ProcessKinds } from './process-usage.ts'
import { printTable } from './report.ts'
import { measureSketch, type SketchMeasurement } from './sketch.ts'

/** From this many in flight on, a timed window is longer unless it is given. */
const manyInFlight = 256

/** Of every topic, for the system and for the sketch. */
const partitions = 4

const report = (line: string) => console.log(`  ${line}`)

try {
  const given = readArguments(process.argv.slice(2))
  if (given === 'help') console.log(usage)
  else process.exitCode = await bench(given)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 2
}

async function bench(given: BenchArguments): Promise<number> {
  const parts = await startLocalParts({ report })
  try {
    const environment = { LOG_LEVEL: 'warn', TOPIC_PARTITIONS: String(partitions) }
    const system = await startOrderSystem({ parts, report, environment })
    if (given.poison !== null) return await benchPoison(given, given.poison, parts, system)
    const measured = await measureAll(given, parts, system)
    const disagreements = await countDisagreements(system.databases)
    await system.stop()
    const sketched = await sketchAll(given, parts)
    printTable(measured, sketched)
    console.log(`${disagreements} rows of the three databases disagree`)
    if (given.json !== null) {
      await writeFile(given.json, JSON.stringify({ measured, sketched, disagreements }, null, 2))
    }
    const isRight = disagreements === 0 && measured.every(({ failed }) => failed === 0)
    return isRight && areWithinLimits(measured, sketched) ? 0 : 1
  } finally {
    await parts.stop()
  }
}

async function benchPoison(
  given: BenchArguments,
  percent: number,
  parts: LocalParts,
  system: OrderSystem,
): Promise<number> {
  const [inFlight = 1] = given.inFlight
  const seconds = secondsOf(given, inFlight)
  report(`${inFlight} in flight: 3 rounds of ${seconds} s without poison and with ${percent} %`)
  const result = await measurePoison({
    ...{ system, inFlight, percent, brokers: parts.kafka.brokers },
    ...{ warmUpMs: given.warmUpSeconds * 1_000, measureMs: seconds * 1_000 },
    processes: () => kindsOf(parts, system),
  })
  await system.stop()
  printPoison(result)
  if (given.json !== null) await writeFile(given.json, JSON.stringify(result, null, 2))
  const { ratio, poisonSent, poisonParked, failed } = result
  return ratio >= ratioMin && poisonParked === poisonSent && failed === 0 ? 0 : 1
}

function kindsOf(parts: LocalParts, system: OrderSystem): ProcessKinds {
  const pids = (processes: readonly { readonly pid: number | null }[]) =>
    processes.flatMap(({ pid }) => pid ?? [])
  return {
    ...partsOf(parts),
    orchestrator: pids(system.orchestrators),
    services: pids([system.orders, ...system.payments]),
  }
}

async function measureAll(
  given: BenchArguments,
  parts: LocalParts,
  system: OrderSystem,
): Promise<readonly Measurement[]> {
  const processes = () => kindsOf(parts, system)
  const measured: Measurement[] = []
  for (const inFlight of given.inFlight) {
    const seconds = secondsOf(given, inFlight)
    report(`${inFlight} in flight: ${given.warmUpSeconds} s of warm-up, ${seconds} s timed`)
    const times = { warmUpMs: given.warmUpSeconds * 1_000, measureMs: seconds * 1_000 }
    measured.push(await measure({ url: system.url, inFlight, ...times }, processes))
  }
  return measured
}

async function sketchAll(
  given: BenchArguments,
  parts: LocalParts,
): Promise<readonly SketchMeasurement[]> {
  const { sketch: file } = given
  if (file === null) return []
  const postgresUrl = parts.postgres.adminUrl.replace(/\/[^/]*$/, '')
  const sketched: SketchMeasurement[] = []
  for (const inFlight of given.inFlight) {
    report(`${inFlight} in flight: the sketch`)
    const seconds = secondsOf(given, inFlight)
    const shared = { partitions, brokers: parts.kafka.brokers, postgresUrl }
    const processes = () => partsOf(parts)
    sketched.push(await measureSketch({ file, inFlight, seconds, processes, ...shared }))
  }
  return sketched
}

function partsOf(parts: LocalParts): ProcessKinds {
  return { kafka: parts.kafka.processIds(), postgres: parts.postgres.processIds() }
}

function secondsOf({ seconds }: BenchArguments, inFlight: number): number {
  return seconds ?? (inFlight >= manyInFlight ? 30 : 20)
}
