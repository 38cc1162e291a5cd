// Runs a throw-away sketch of the hot path on the same Kafka and Postgres, for a ratio measured in
// one run. It gets C, SECONDS and PARTITIONS as arguments, KAFKA_BROKERS and PG_BASE_URL, warms up
// for 4 s, and prints an object with `sagasPerS` and `p50`.
import { spawn } from 'node:child_process'
import { copyFile, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inheritedEnvironment } from '../services/system/config.ts'
import { cpuByKind } from './measure.ts'
import { type ProcessKinds, readUsage, type Usage } from './process-usage.ts'

export type SketchOptions = {
  readonly file: string
  readonly inFlight: number
  readonly seconds: number
  readonly partitions: number
  readonly brokers: readonly string[]
  /** Without a database's name. */
  readonly postgresUrl: string
  readonly processes: () => ProcessKinds
}

export type SketchMeasurement = {
  readonly inFlight: number
  readonly sagasPerSecond: number
  readonly p50Ms: number
  readonly cpuPer1000All: number
}

const sampleEveryMs = 200

export async function measureSketch(options: SketchOptions): Promise<SketchMeasurement> {
  const folder = await mkdtemp(join(tmpdir(), 'sagaline-sketch-'))
  try {
    // Beside the project's packages, which it imports.
    await copyFile(options.file, join(folder, 'sketch.mjs'))
    const modules = fileURLToPath(new URL('../node_modules', import.meta.url))
    await symlink(modules, join(folder, 'node_modules'))
    return await run(options, join(folder, 'sketch.mjs'))
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function run(options: SketchOptions, file: string): Promise<SketchMeasurement> {
  const { inFlight, seconds, partitions, brokers, postgresUrl } = options
  const child = spawn(
    process.execPath,
    ['--preserve-symlinks', file, String(inFlight), String(seconds), String(partitions)],
    {
      env: { ...inheritedEnvironment, KAFKA_BROKERS: brokers.join(','), PG_BASE_URL: postgresUrl },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const kinds = () => ({ ...options.processes(), sketch: child.pid ? [child.pid] : [] })
  const samples: { readonly at: number; readonly usage: Usage }[] = []
  const sample = () => samples.push({ at: performance.now(), usage: readUsage(kinds()) })
  const timer = setInterval(sample, sampleEveryMs)
  let output = ''
  child.stdout.on('data', (data: Buffer) => {
    output += String(data)
  })
  const code = await new Promise((resolve) => child.once('exit', resolve))
  clearInterval(timer)
  if (code !== 0) throw new Error(`the sketch ended with ${code}: ${output}`)
  return toMeasurement(options, output, samples)
}

function toMeasurement(
  { inFlight, seconds }: SketchOptions,
  output: string,
  samples: readonly { readonly at: number; readonly usage: Usage }[],
): SketchMeasurement {
  const read = (name: string) => Number(new RegExp(`${name}: '([\\d.]+)'`).exec(output)?.[1])
  const sagasPerSecond = read('sagasPerS')
  // Its timed window is the last one before it prints; the last sample may be of the way out.
  const last = samples.at(-2)
  const first = samples.findLast(({ at }) => last && at <= last.at - seconds * 1_000)
  if (!first || !last) throw new Error(`the sketch ended too soon: ${output}`)
  const sagas = sagasPerSecond * ((last.at - first.at) / 1_000)
  const cpu = Object.values(cpuByKind(first.usage, last.usage, sagas))
  const cpuPer1000All = cpu.reduce((sum, one) => sum + one, 0)
  return { inFlight, sagasPerSecond, p50Ms: read('p50'), cpuPer1000All }
}
