// Figures for Prometheus: counters and histograms that parts count into, gauges that are read when
// the page is asked for, and the page. The only home of prom-client.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { within } from './kafka/within.ts'
import type { Log } from './log.ts'

/** Of few values each: never an id. */
export type Labels = Readonly<Record<string, string | number>>

export type MetricSpec = {
  /** Ends with its unit: seconds, records, total. */
  readonly name: string
  readonly help: string
  readonly labels?: readonly string[]
}

export type HistogramSpec = MetricSpec & { readonly buckets: readonly number[] }

export type Reading = { readonly labels?: Labels; readonly value: number }

type Read = () => Promise<readonly Reading[]> | readonly Reading[]

export type MetricsPage = { readonly contentType: string; readonly text: string }

/** A metric that is there already is counted into by all who ask for it. */
export type Metrics = {
  /** Answers how to add to it. */
  counter(spec: MetricSpec): (labels?: Labels, by?: number) => void
  /** Answers how to tell it a value. */
  histogram(spec: HistogramSpec): (labels: Labels, value: number) => void
  /** `read` is called for each page; what it throws, or takes too long to tell, is left out. */
  gauge(spec: MetricSpec, read: Read): void
  /** In the text format of Prometheus; null where nothing is counted. */
  page(): Promise<MetricsPage> | null
}

export type MetricsOptions = {
  readonly log: Log
  /** Of the process as well: CPU, memory, garbage, delay of the event loop. Once in a process. */
  readonly ofProcess?: boolean
}

/** Durations from a millisecond to ten minutes, in seconds. */
export const secondsBuckets = [
  ...[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5],
  ...[1, 2.5, 5, 10, 30, 60, 300, 600],
]

/** How many things were dealt with together. */
export const sizeBuckets = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 5_000]

/**
 * Between two looks at the event loop, whose shorter delays are mostly not seen: every 10 ms, which is
 * the default, is half of what an idle service costs.
 */
const lookMs = 100

/** A gauge that is not read by then is left out of the page. */
const readMsMax = 3_000

/** Metrics that a `/metrics` page shows. Costs about half a microsecond a value. */
export function createMetrics({ log, ofProcess = false }: MetricsOptions): Metrics {
  const registry = new Registry()
  if (ofProcess) collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: lookMs })
  const readers = new Map<string, Read[]>()
  const shared = ({ name, help, labels = [] }: MetricSpec) => ({
    ...{ name, help, labelNames: [...labels], registers: [registry] },
  })
  return {
    counter: (spec) => {
      const known = registry.getSingleMetric(spec.name) as Counter | undefined
      const counter = known ?? new Counter(shared(spec))
      return (labels = {}, by = 1) => counter.inc(labels, by)
    },
    histogram: (spec) => {
      const known = registry.getSingleMetric(spec.name) as Histogram | undefined
      const histogram = known ?? new Histogram({ ...shared(spec), buckets: [...spec.buckets] })
      return (labels, value) => histogram.observe(labels, value)
    },
    gauge: (spec, read) => {
      const known = readers.get(spec.name)
      if (known !== undefined) known.push(read)
      else {
        const all = [read]
        readers.set(spec.name, all)
        new Gauge({ ...shared(spec), collect: gaugeReader(spec, all, log) })
      }
    },
    page: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  }
}

/** Counts nothing, and has no page. */
export const noMetrics: Metrics = {
  counter: () => () => undefined,
  histogram: () => () => undefined,
  gauge: () => undefined,
  page: () => null,
}

/** Called by prom-client for each page. */
function gaugeReader({ name }: MetricSpec, readers: readonly Read[], log: Log) {
  const late = () => new Error(`${name} was not known within ${readMsMax} ms`)
  return async function (this: Gauge): Promise<void> {
    this.reset()
    for (const read of readers) {
      try {
        const readings = await within(Promise.resolve().then(read), readMsMax, late)
        for (const { labels = {}, value } of readings) this.set(labels, value)
      } catch (error) {
        log.warn('metrics.unread', { metric: name, error })
      }
    }
  }
}
