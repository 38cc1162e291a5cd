// A member of a group asks to join, and the answer that names its partitions is lost: plain kafkajs would
// go on in the new generation with the partitions of the old one, and commit nothing any more.
import { randomUUID } from 'node:crypto'
import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import type { Bus } from '../../messaging/bus.ts'
import { createKafkaBus } from '../../messaging/kafka/kafka-bus.ts'
import { silentLog } from '../../messaging/log.ts'
import { awaitUntil } from '../system/await-until.ts'
import { workerBrokers } from '../worker-kafka.ts'
import { createSubscriber, until } from './subscriber.ts'

const slowMs = 120_000
const limitMs = 30_000

type Sync = (request: { readonly memberId: string }) => Promise<unknown>

/** The next time that this client is told its partitions, it does not hear it. */
function loseAssignmentOf(clientId: string): { readonly wasLost: () => boolean } {
  const require = createRequire(import.meta.url)
  const { prototype } = require('kafkajs/src/broker') as { readonly prototype: { syncGroup: Sync } }
  const { KafkaJSConnectionClosedError } = require('kafkajs/src/errors') as {
    readonly KafkaJSConnectionClosedError: new (message: string) => Error
  }
  const sync = prototype.syncGroup
  let wasLost = false
  prototype.syncGroup = async function lost(request) {
    const answer = await sync.call(this, request)
    if (wasLost || !request.memberId.startsWith(clientId)) return answer
    wasLost = true
    prototype.syncGroup = sync
    throw new KafkaJSConnectionClosedError('Closed connection')
  }
  return { wasLost: () => wasLost }
}

test(
  'an assignment that is lost on its way is asked for again',
  async () => {
    const topic = `lost.${randomUUID()}`
    const buses: Bus[] = []
    const connect = async (clientId: string) => {
      const brokers = workerBrokers()
      const times = { heartbeatIntervalMs: 300, commitIntervalMs: 100 }
      const given = { brokers, clientId, log: silentLog, ...times }
      const bus = createKafkaBus({ ...given, onFatal: () => undefined })
      await bus.start()
      buses.push(bus)
      return bus
    }
    const subscriber = createSubscriber()
    const { handle } = subscriber
    const join = (bus: Bus) =>
      bus.subscribe({ groupId: topic, topics: [topic], batchRecordsMax: 10, handle })
    const publish = async (bus: Bus, round: string) => {
      const values = Array.from({ length: 40 }, (_, at) => `${round} ${at}`)
      await bus.publish(values.map((value) => ({ topic, key: value, value, headers: {} })))
      await until(`${round} was handled`, () =>
        values.every((one) => subscriber.values().includes(one)),
      )
    }
    try {
      const first = await connect(`first-${randomUUID()}`)
      await first.ensureTopics([{ name: topic, partitions: 4, replicationFactor: 1 }])
      await join(first)
      await publish(first, 'alone')
      const second = await connect(`second-${randomUUID()}`)
      const { wasLost } = loseAssignmentOf('first-')
      await join(second)
      await until('the first heard nothing', wasLost, limitMs)
      await publish(first, 'together')
      const isCommitted = async () => (await first.lag(topic, [topic]))[topic] === 0
      await awaitUntil('every offset is committed', isCommitted, limitMs)
      expect(subscriber.values()).toHaveLength(80)
    } finally {
      await Promise.all(buses.map((bus) => bus.stop()))
    }
  },
  slowMs,
)
