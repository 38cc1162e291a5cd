// What one measurement says, the same for every engine; and the report of a whole run, which is
// what `--json` writes and `compare` and `plan` read.
import { readFile } from 'node:fs/promises'

export const engineKinds = [
  'sagaline',
  'floor',
  'floor-apart',
  'sketch',
  'dbos',
  'dbos-in-process',
  'restate',
  'eventuate',
] as const

export type EngineKind = (typeof engineKinds)[number]

export const peerKinds: readonly EngineKind[] = ['dbos', 'dbos-in-process', 'restate', 'eventuate']

/** What one saga takes, on average over a whole load with its warm-up. */
export type PerSaga = {
  /** Started during the load. */
  readonly sagas: number
  /** Transactions in all databases of the engine, idle polls included. */
  readonly commits: number
  /** Calls of fsync for the write-ahead log; null where Postgres does not count them. */
  readonly walSyncs: number | null
  readonly walBytes: number
  /** Whole pages in the WAL, which come with the first change after a checkpoint. */
  readonly walPages: number
  /** Pages looked at, in memory or not. */
  readonly buffers: number
  /** By which the databases grew. */
  readonly tableBytes: number
  /** Null for engines without Kafka, and for a broker that is not ours. */
  readonly kafkaRecords: number | null
  readonly kafkaBytes: number | null
}

export type Measurement = {
  readonly engine: EngineKind
  readonly inFlight: number
  readonly seconds: number
  readonly sagasPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Of requests that did not end as they must. */
  readonly failed: number
  /** CPU-seconds for 1,000 ended sagas, of every process involved. */
  readonly cpuPer1000: Readonly<Record<string, number>>
  readonly cpuPer1000All: number
  readonly pssMb: Readonly<Record<string, number>>
  /** Events or commands in one transaction, by loop, where they can be told. */
  readonly batches: Readonly<Record<string, number>>
  readonly perSaga: PerSaga | null
}

export type Machine = {
  readonly cores: number
  readonly cpu: string
  readonly memoryGb: number
  readonly node: string
  readonly system: string
}

export type Report = {
  readonly format: 1
  readonly at: string
  readonly machine: Machine
  readonly orchestrators: number
  readonly runs: readonly Measurement[]
  /** By engine: rows of its databases that disagree at the end. */
  readonly disagreements: Readonly<Partial<Record<EngineKind, number>>>
  /** By engine: why it could not be measured. */
  readonly missing: Readonly<Partial<Record<EngineKind, string>>>
}

/** @throws Error with a sentence for the user. */
export async function readReport(file: string): Promise<Report> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new Error(`${file} cannot be read: ${error.message}`)
  })
  return parseReport(file, text)
}

export function parseReport(file: string, text: string): Report {
  let report: Partial<Report> | null = null
  try {
    report = JSON.parse(text) as Partial<Report> | null
  } catch {
    // No JSON at all: the same answer.
  }
  if (report?.format === 1 && Array.isArray(report.runs)) return report as Report
  throw new Error(`${file} is no report of npm run bench -- --json FILE`)
}

export function runOf(
  runs: readonly Measurement[],
  engine: EngineKind,
  inFlight: number,
): Measurement | undefined {
  return runs.find((one) => one.engine === engine && one.inFlight === inFlight)
}
