// The vitals as gauges of `/metrics`. Every orchestrator of a deployment tells the same: take the
// largest of them, not their sum.
import type { Metrics } from '../messaging/metrics.ts'
import { lagSpec } from '../messaging/part-metrics.ts'
import { isEnded } from './engine/saga.ts'
import type { Edge } from './http/edge.ts'

export function gaugeVitals(
  metrics: Metrics,
  { vitals, searchLag }: Pick<Edge, 'vitals' | 'searchLag'>,
): void {
  metrics.gauge(lagSpec, async () =>
    Object.entries((await vitals()).consumerLag).map(([topic, value]) => ({
      ...{ labels: { topic }, value },
    })),
  )
  metrics.gauge(
    {
      name: 'sagaline_unpublished_batches',
      help: 'Transactions whose messages are not known to be in Kafka; 10,000 means that or more.',
    },
    async () => [{ value: (await vitals()).unpublished.batches }],
  )
  metrics.gauge(
    {
      name: 'sagaline_outbox_age_seconds',
      help: 'Age of the oldest message that is committed and not known to be in Kafka; 0: none is.',
    },
    async () => [{ value: ((await vitals()).unpublished.ageMs ?? 0) / 1_000 }],
  )
  gaugeSagas(metrics, vitals)
  metrics.gauge(
    {
      name: 'sagaline_read_model_lag_seconds',
      help: 'How far lists and counts may be behind the sagas; missing while nobody knows.',
    },
    async () => {
      const lagMs = await searchLag()
      return lagMs === null ? [] : [{ value: lagMs / 1_000 }]
    },
  )
}

function gaugeSagas(metrics: Metrics, vitals: Edge['vitals']): void {
  const labels = ['saga', 'version', 'status']
  const living = async () => (await vitals()).groups.filter((group) => !isEnded(group))
  metrics.gauge(
    { name: 'sagaline_sagas', help: 'Sagas that have not ended, by status.', labels },
    async () =>
      (await living()).map(({ name: saga, version, status, count }) => ({
        ...{ labels: { saga, version, status }, value: count },
      })),
  )
  metrics.gauge(
    {
      name: 'sagaline_oldest_saga_start_seconds',
      help: 'When the oldest saga that has not ended was started: a Unix time.',
      labels,
    },
    async () =>
      (await living()).map(({ name: saga, version, status, oldestStartedAt }) => ({
        labels: { saga, version, status },
        value: oldestStartedAt.getTime() / 1_000,
      })),
  )
}
