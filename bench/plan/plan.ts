// What a rate of sagas would need, by the unit costs of a measurement: arithmetic on figures that
// were measured, and the limits of a machine that are assumed, each with its name. An estimate.
import type { Measurement } from '../measurement.ts'

/** Busy for this part of the time at the most: what is left bears peaks and recovery. */
export const utilisation = 0.6
/** Of one Postgres server: beyond, its cores or its one stream of WAL are the end. */
export const postgresCoresMax = 32
export const postgresWalBytesMax = 200e6
/** Of one broker, in and out together. */
export const brokerBytesMax = 300e6
/** Of one partition, with margin: its records are written by one broker, read by one member. */
export const partitionBytesMax = 5e6
export const replicas = 3
const pageBytes = 8_192
const daySeconds = 86_400

export type Plan = {
  readonly sagasPerSecond: number
  /** Cores by kind of process, with room as `utilisation` says. */
  readonly cores: Readonly<Record<string, number>>
  /** Orchestrators, of one core each: Node runs its JavaScript on one. */
  readonly orchestrators: number
  /** Of each hot topic: a member for each orchestrator, and no partition too busy. */
  readonly partitions: number
  readonly brokers: number
  /** As many syncs a second as at the measured batches; larger batches need fewer. */
  readonly walSyncsMax: number
  readonly walBytes: number
  /** Pages of tables and indexes that checkpoints write. */
  readonly pageWrites: number
  readonly diskBytesADay: number
  /** Into and out of the brokers, with the copies between them. */
  readonly kafkaBytes: number
  /** Deployments, each with a Postgres of its own. */
  readonly cells: number
}

/** @throws Error when the measurement lacks what is needed. */
export function planOf(measured: Measurement, sagasPerSecond: number): Plan {
  const { perSaga, cpuPer1000 } = measured
  if (perSaga === null) throw new Error('this measurement has no costs of a saga')
  const thousands = sagasPerSecond / 1_000
  const kinds = Object.entries(cpuPer1000).filter(([kind]) => kind !== 'load')
  const cores = Object.fromEntries(
    kinds.map(([kind, seconds]) => [kind, (seconds * thousands) / utilisation]),
  )
  const records = sagasPerSecond * (perSaga.kafkaBytes ?? 0)
  // Written once, copied to the other replicas, read once.
  const kafkaBytes = records * (1 + (replicas - 1) + 1)
  const walBytes = sagasPerSecond * perSaga.walBytes
  const orchestrators = Math.max(1, Math.ceil(cores['orchestrator'] ?? 0))
  const postgresServers = (cores['postgres'] ?? 0) / postgresCoresMax
  return {
    sagasPerSecond,
    cores,
    orchestrators,
    partitions: Math.max(orchestrators, Math.ceil(records / partitionBytesMax)),
    brokers: Math.max(replicas, Math.ceil(kafkaBytes / brokerBytesMax)),
    walSyncsMax: sagasPerSecond * (perSaga.walSyncs ?? perSaga.commits),
    walBytes,
    pageWrites: (sagasPerSecond * perSaga.tableBytes) / pageBytes,
    diskBytesADay: sagasPerSecond * perSaga.tableBytes * daySeconds,
    kafkaBytes,
    cells: Math.max(1, Math.ceil(Math.max(postgresServers, walBytes / postgresWalBytesMax))),
  }
}

/** The highest rate that one Postgres bears, and what ends it. */
export function endOfOnePostgres(measured: Measurement): {
  readonly sagasPerSecond: number
  readonly by: 'cores' | 'WAL'
} {
  const one = planOf(measured, 1)
  const byCores = postgresCoresMax / (one.cores['postgres'] ?? Number.NaN)
  const byWal = postgresWalBytesMax / one.walBytes
  return byCores < byWal
    ? { sagasPerSecond: byCores, by: 'cores' }
    : { sagasPerSecond: byWal, by: 'WAL' }
}
