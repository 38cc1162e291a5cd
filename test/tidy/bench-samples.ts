// Measurements and reports of the bench as tests need them: all figures there, some of them given.
import type { Measurement, Report } from '../../bench/measurement.ts'

export function measurementOf(given: Partial<Measurement>): Measurement {
  return {
    engine: 'sagaline',
    inFlight: 256,
    seconds: 20,
    sagasPerSecond: 1_000,
    p50Ms: 100,
    p99Ms: 200,
    failed: 0,
    cpuPer1000: { kafka: 0.1, postgres: 0.2, orchestrator: 0.1, services: 0.1, load: 0.05 },
    cpuPer1000All: 0.55,
    pssMb: { kafka: 150, postgres: 100, orchestrator: 100 },
    batches: { orchestrator: 50 },
    perSaga: {
      sagas: 20_000,
      commits: 0.1,
      walSyncs: 0.1,
      walBytes: 9_000,
      walPages: 0,
      buffers: 100,
      tableBytes: 6_000,
      kafkaRecords: 14,
      kafkaBytes: 8_000,
    },
    ...given,
  }
}

export function reportOf(runs: readonly Measurement[]): Report {
  const machine = { cores: 2, cpu: 'some', memoryGb: 24, node: '24.0.0', system: 'Linux 6' }
  const at = '2026-01-01T00:00:00.000Z'
  return { format: 1, at, machine, orchestrators: 1, runs, disagreements: {}, missing: {} }
}
