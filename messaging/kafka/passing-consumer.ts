// A consumer for programs that look at a topic and go: it has a group of its own, commits nothing, and
// removes the group again. For read-topic.ts and follow-topic.ts.
import type { Admin, Consumer } from 'kafkajs'
import type { IncomingRecord } from '../bus.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import {
  adminConfig,
  clientConfig,
  consumerConfig,
  defaultTimings,
  type KafkaConnection,
} from './client-settings.ts'
import { loadKafkaJs } from './load-kafkajs.ts'
import { within } from './within.ts'

export type PassingOptions = KafkaConnection & {
  readonly topic: string
  readonly log: Log
  readonly clock: Clock
  /** The beginning of the group's name, for rights. */
  readonly groupPrefix: string
  /** Called with each record; a partition's come in their order, a broker's trouble repeats some. */
  readonly take: (record: IncomingRecord) => void
}

export type PassingConsumer = {
  /** As it is called on the wire. */
  readonly topic: string
  readonly admin: Admin
  readonly consumer: Consumer
  /** Never rejects: what cannot be tidied up is logged. */
  close(): Promise<void>
}

/** Nothing is connected yet. */
export function openPassing(options: PassingOptions): PassingConsumer {
  const { log, clock, groupPrefix, prefix = '' } = options
  const { Kafka } = loadKafkaJs()
  const kafka = new Kafka(clientConfig(options, log))
  const admin = kafka.admin(adminConfig)
  const groupId = `${prefix}${groupPrefix}-${clock.newId()}`
  let isOpen = true
  const consumer = kafka.consumer(consumerConfig({ groupId }, defaultTimings, () => isOpen))
  const close = async () => {
    isOpen = false
    const left = consumer.disconnect().then(() => admin.deleteGroups([groupId]))
    const ends = left.catch(() => undefined).then(() => admin.disconnect())
    const late = () => new Error('late')
    await within(ends, defaultTimings.stopDeadlineMs, late).catch((error: unknown) =>
      log.warn('kafka.stop.incomplete', { error }),
    )
  }
  return { topic: `${prefix}${options.topic}`, admin, consumer, close }
}
