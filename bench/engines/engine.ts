// What the bench needs of an engine: to be started on the local parts, to bear one load after the
// other, to be checked, to be stopped. One file an engine in this folder.
import type { LocalParts } from '../../local/local-parts.ts'
import type { LoadOrder } from '../closed-loop.ts'
import type { EngineKind, Measurement } from '../measurement.ts'
import type { ProcessKinds } from '../process-usage.ts'

export type EngineOptions = {
  readonly parts: LocalParts
  readonly report: (line: string) => void
  /** Of every topic. */
  readonly partitions: number
  /** Of Sagaline. */
  readonly orchestrators: number
  /** Of the sketch: its program. */
  readonly sketch: string | null
}

export type RunningEngine = {
  readonly kind: EngineKind
  readonly measure: (order: LoadOrder) => Promise<Measurement>
  /** Rows of its databases that disagree; null for an engine that keeps none of it. */
  readonly disagreements: () => Promise<number | null>
  readonly stop: () => Promise<void>
}

/** @throws MissingEngine when this machine lacks something. */
export type StartEngine = (options: EngineOptions) => Promise<RunningEngine>

/** Says in one sentence what an engine lacks here; the others are measured all the same. */
export class MissingEngineError extends Error {}

/** Kafka and Postgres, which all engines share. */
export function partsOf(parts: LocalParts): ProcessKinds {
  return { kafka: parts.kafka.processIds(), postgres: parts.postgres.processIds() }
}
