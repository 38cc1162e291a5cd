// The contract of a bus, held by the real one on real brokers, and what only real brokers can do to it.
import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { createKafkaBus } from '../../messaging/kafka/kafka-bus.ts'
import { silentLog } from '../../messaging/log.ts'
import { RawKafka } from '../system/raw-kafka.ts'
import { workerBrokers } from '../worker-kafka.ts'
import { describeBus } from './bus-suite.ts'

async function startBus() {
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
}

describeBus('the Kafka bus', startBus)

it('has no problem with its brokers when a topic that it used is gone', async () => {
  const topic = `gone.${randomUUID()}`
  const raw = new RawKafka(workerBrokers())
  const bus = await startBus()
  await raw.start()
  try {
    await bus.ensureTopics([{ name: topic, partitions: 1, replicationFactor: 1 }])
    await bus.publish([{ topic, key: 'k', value: 'v', headers: {} }])
    await raw.remove(topic)
    expect(await bus.problem()).toBeNull()
  } finally {
    await Promise.all([bus.stop(), raw.stop()])
  }
}, 60_000)
