// The Kafka that a test file may use: that of its worker. Topics like sagaline.replies have the same
// name in every test, so no two files may use one broker at the same time.
import { inject } from 'vitest'

/** host:port of each broker. */
export function workerBrokers(): readonly string[] {
  const worker = Number(process.env['VITEST_POOL_ID'])
  const brokers = inject('kafkas')[worker - 1]
  if (brokers === undefined) throw new Error(`there is no Kafka for worker ${worker}`)
  return brokers.split(',')
}
