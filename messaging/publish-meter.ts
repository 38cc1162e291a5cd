// What a publisher counts: how large its batches are, how long the broker takes to confirm them, and
// how many tries fail.
import { type Metrics, secondsBuckets, sizeBuckets } from './metrics.ts'

export type PublishMeter = {
  confirmed(records: number, seconds: number): void
  failed(): void
}

export const noPublishMeter: PublishMeter = { confirmed: () => undefined, failed: () => undefined }

/** `lane`: what goes out there, one word. */
export function createPublishMeter(metrics: Metrics, lane: string): PublishMeter {
  const records = metrics.histogram({
    ...{ name: 'sagaline_publish_records', labels: ['lane'], buckets: sizeBuckets },
    help: 'Records that went to Kafka in one call.',
  })
  const seconds = metrics.histogram({
    ...{ name: 'sagaline_publish_seconds', labels: ['lane'], buckets: secondsBuckets },
    help: 'How long the brokers took to confirm such a call.',
  })
  const failures = metrics.counter({
    ...{ name: 'sagaline_publish_failures_total', labels: ['lane'] },
    help: 'Calls that failed, and are tried again.',
  })
  return {
    confirmed: (count, took) => {
      records({ lane }, count)
      seconds({ lane }, took)
    },
    failed: () => failures({ lane }),
  }
}
