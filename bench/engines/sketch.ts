// A throw-away sketch of the hot path on the same Kafka and Postgres, for a ratio measured in one
// run. It gets C, SECONDS and PARTITIONS as arguments, KAFKA_BROKERS and PG_BASE_URL, warms up
// for 4 s, and prints an object with `sagasPerS`, `p50` and `p99`.
import { spawn } from 'node:child_process'
import { copyFile, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inheritedEnvironment } from '../../services/system/config.ts'
import type { LoadOrder } from '../closed-loop.ts'
import { cpuByKind } from '../measure.ts'
import type { Measurement } from '../measurement.ts'
import { readUsage, type Usage } from '../process-usage.ts'
import { type EngineOptions, MissingEngineError, partsOf, type RunningEngine } from './engine.ts'

type Sample = { readonly at: number; readonly usage: Usage }

const sampleEveryMs = 200

export async function startSketch(options: EngineOptions): Promise<RunningEngine> {
  const { sketch: file } = options
  if (file === null) throw new MissingEngineError('no sketch was given (--sketch FILE)')
  const folder = await mkdtemp(join(tmpdir(), 'sagaline-sketch-'))
  // Beside the project's packages, which it imports.
  await copyFile(file, join(folder, 'sketch.mjs'))
  const modules = fileURLToPath(new URL('../../node_modules', import.meta.url))
  await symlink(modules, join(folder, 'node_modules'))
  return {
    kind: 'sketch',
    measure: (order) => run(options, order, join(folder, 'sketch.mjs')),
    // It drops its tables with each run, and checks none.
    disagreements: async () => null,
    stop: () => rm(folder, { recursive: true }),
  }
}

async function run(options: EngineOptions, order: LoadOrder, file: string): Promise<Measurement> {
  const { parts, partitions } = options
  const { inFlight, measureMs } = order
  const postgresUrl = parts.postgres.adminUrl.replace(/\/[^/]*$/, '')
  const brokers = parts.kafka.brokers.join(',')
  const given = [inFlight, measureMs / 1_000, partitions].map(String)
  const child = spawn(process.execPath, ['--preserve-symlinks', file, ...given], {
    env: { ...inheritedEnvironment, KAFKA_BROKERS: brokers, PG_BASE_URL: postgresUrl },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const kinds = () => ({ ...partsOf(parts), sketch: child.pid ? [child.pid] : [] })
  const samples: Sample[] = []
  const sample = () => samples.push({ at: performance.now(), usage: readUsage(kinds()) })
  const timer = setInterval(sample, sampleEveryMs)
  let output = ''
  child.stdout.on('data', (data: Buffer) => {
    output += String(data)
  })
  const code = await new Promise((resolve) => child.once('exit', resolve))
  clearInterval(timer)
  if (code !== 0) throw new Error(`the sketch ended with ${code}: ${output}`)
  return toMeasurement(order, output, samples)
}

function toMeasurement(
  { inFlight, measureMs }: LoadOrder,
  output: string,
  samples: readonly Sample[],
): Measurement {
  const read = (name: string) => Number(new RegExp(`${name}: '([\\d.]+)'`).exec(output)?.[1])
  const sagasPerSecond = read('sagasPerS')
  // Its timed window is the last one before it prints; the last sample may be of the way out.
  const last = samples.at(-2)
  const first = samples.findLast(({ at }) => last && at <= last.at - measureMs)
  if (!first || !last) throw new Error(`the sketch ended too soon: ${output}`)
  const seconds = (last.at - first.at) / 1_000
  const cpuPer1000 = cpuByKind(first.usage, last.usage, sagasPerSecond * seconds)
  return {
    engine: 'sketch',
    inFlight,
    seconds,
    sagasPerSecond,
    p50Ms: read('p50'),
    p99Ms: read('p99'),
    failed: 0,
    cpuPer1000,
    cpuPer1000All: Object.values(cpuPer1000).reduce((sum, one) => sum + one, 0),
    pssMb: Object.fromEntries(Object.entries(last.usage).map(([kind, { pssMb }]) => [kind, pssMb])),
    batches: {},
    perSaga: null,
  }
}
