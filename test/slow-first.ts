// The order of test files: those that take long before all others, so that at the end no worker
// has to wait for another's.
import { BaseSequencer, type TestSequencer, type TestSpecification, type Vitest } from 'vitest/node'

/** Over ten seconds, the longest first. A file that is missing here costs time and nothing else. */
const slow = [
  // First of all, on a broker that nobody has used: in one run behind others none of its sagas moved,
  // for a reason that is not known yet.
  'orchestrator/live-events',
  'system/crash-points',
  'demo/demo',
  'system/chaos',
  'simulate/simulate',
  'package/pack',
  'dashboard/actions',
  'explore/explore',
  'system/load',
  'system/bench-guard',
  'system/restore',
  'system/dead-members',
  'system/rolling-upgrade',
  'chart/chart',
  'orchestrator/child-commands',
  'local/local-parts',
  'orchestrator/lifecycle-events',
  'dashboard/views',
  'orchestrator/locks',
  'orchestrator/recovery',
  'orchestrator/signals',
  'orchestrator/cli-operate',
  'system/secure-system',
  'system/outages',
  'orchestrator/deployments',
  'orchestrator/startable-versions',
  'orchestrator/read-model',
  'orchestrator/cli-shell',
  'orchestrator/child-sagas',
  'orchestrator/migrations',
  'certify/foreign',
  'certify/certify',
  'services/customers-view',
  'system/cells',
  'lifecycle/fold-saga-events',
  'orchestrator/durable-timers',
  'conformance/leader-dies',
  'orchestrator/rollback',
  'orchestrator/orderings',
  'conformance/kafka-bus',
  'conformance/broker-restart',
  'local/parent-end',
  'engine/random-sagas',
  'orchestrator/saga-logs',
  'orchestrator/poison-records',
]

export class SlowFirst implements TestSequencer {
  readonly #usual: TestSequencer

  constructor(vitest: Vitest) {
    this.#usual = new BaseSequencer(vitest)
  }

  async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const usual = await this.#usual.sort(files)
    return usual.toSorted((one, other) => placeOf(one) - placeOf(other))
  }

  async shard(files: TestSpecification[]): Promise<TestSpecification[]> {
    return this.#usual.shard(files)
  }
}

function placeOf({ moduleId }: TestSpecification): number {
  const place = slow.findIndex((name) => moduleId.endsWith(`test/${name}.test.ts`))
  return place < 0 ? slow.length : place
}
