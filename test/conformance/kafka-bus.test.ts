// The contract of a bus, held by the real one on real brokers.
import { createKafkaBus } from '../../messaging/kafka/kafka-bus.ts'
import { silentLog } from '../../messaging/log.ts'
import { workerBrokers } from '../worker-kafka.ts'
import { describeBus } from './bus-suite.ts'

describeBus('the Kafka bus', async () => {
  const bus = createKafkaBus({
    brokers: workerBrokers(),
    clientId: 'conformance',
    sessionTimeoutMs: 6_000,
    heartbeatIntervalMs: 300,
    log: silentLog,
    onFatal: (error) => {
      throw error
    },
  })
  await bus.start()
  return bus
})
