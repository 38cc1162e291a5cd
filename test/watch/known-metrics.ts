// Every metric that a process of Sagaline tells, with its labels: written down by a meter that is
// given to all who count.
import Fastify from 'fastify'
import { realClock } from '../../messaging/clock.ts'
import type { Db } from '../../messaging/db.ts'
import { silentLog } from '../../messaging/log.ts'
import { LogTopic } from '../../messaging/log-topic.ts'
import { createMetrics, type MetricSpec, type Metrics } from '../../messaging/metrics.ts'
import { watchLag, watchLetters, watchPool } from '../../messaging/part-metrics.ts'
import { createPublishMeter } from '../../messaging/publish-meter.ts'
import { createSagaMetrics } from '../../orchestrator/coordinator/saga-metrics.ts'
import { countRequests } from '../../orchestrator/http/count-requests.ts'
import { type CollectorGiven, LogCollector } from '../../orchestrator/logs/log-collector.ts'
import { gaugeHistoryDays } from '../../orchestrator/retention/history-days.ts'
import { gaugeStats } from '../../orchestrator/stats/gauge-stats.ts'
import { gaugeVitals } from '../../orchestrator/vital-gauges.ts'
import { createCommandMetrics } from '../../participant/command-metrics.ts'
import { createEventMetrics } from '../../participant/events/event-metrics.ts'
import { fakeEdge } from '../http/fake-edge.ts'
import { readPage } from './read-page.ts'

const noBus = () => {
  throw new Error('nothing is started')
}

/** Prometheus itself gives these to every series. */
export const fromPrometheus = ['job', 'instance']

export type KnownMetrics = {
  /** Sagaline's own, by the names that the page has them under, without the parts of histograms. */
  readonly own: readonly string[]
  /** By the name of each series, histograms in their parts: which labels it may have. */
  readonly series: ReadonlyMap<string, ReadonlySet<string>>
}

export async function knownMetrics(): Promise<KnownMetrics> {
  const series = new Map<string, ReadonlySet<string>>()
  const own = new Set<string>()
  const add = ({ name, labels = [] }: MetricSpec, suffixes: readonly string[]) => {
    own.add(name)
    for (const suffix of suffixes) {
      const le = suffix === '_bucket' ? ['le'] : []
      series.set(name + suffix, new Set([...labels, ...le, ...fromPrometheus]))
    }
  }
  const recorder: Metrics = {
    counter: (spec) => {
      add(spec, [''])
      return () => undefined
    },
    gauge: (spec) => add(spec, ['']),
    histogram: (spec) => {
      add(spec, ['_bucket', '_sum', '_count'])
      return () => undefined
    },
    page: () => null,
  }
  createSagaMetrics(recorder)
  createCommandMetrics(recorder)
  createEventMetrics(recorder)
  createPublishMeter(recorder, 'any')
  gaugeVitals(recorder, fakeEdge())
  gaugeStats({ ...fakeEdge(), db: {} as Db, metrics: recorder, definitions: [] })
  gaugeHistoryDays({ db: {} as Db, metrics: recorder })
  new LogTopic({ topic: 'any', clock: realClock, openBus: noBus }).watch(recorder)
  new LogCollector({ metrics: recorder } as CollectorGiven)
  watchPool(recorder, 'any', { usage: () => ({ open: 0, idle: 0, waiting: 0 }) })
  watchLetters(recorder, {} as Db)
  watchLag(recorder, { lag: async () => ({}) }, { groupId: 'any', topics: [] })
  countRequests(Fastify(), recorder)
  const ofNode = await createMetrics({ log: silentLog, ofProcess: true }).page()
  for (const name of readPage(ofNode?.text ?? '').types.keys()) {
    series.set(name, new Set(fromPrometheus))
  }
  return { own: [...own], series }
}
