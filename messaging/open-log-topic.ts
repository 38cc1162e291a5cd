// The copy of a program's log on a topic, by its settings: null where none is named.
import { realClock } from './clock.ts'
import { type KafkaConfig, kafkaBusOptions } from './connections.ts'
import { createKafkaBus } from './kafka/kafka-bus.ts'
import { silentLog } from './log.ts'
import { LogTopic } from './log-topic.ts'

/** Lines can wait and be dropped, so it gives up soon, and is tried again. */
const timings = { publishDeadlineMs: 5_000, connectDeadlineMs: 5_000, stopDeadlineMs: 1_000 }

/** It takes lines at once; `start` sends them. @throws CONFIG_INVALID */
export function openLogTopic(config: KafkaConfig & { readonly logTopic: string }): LogTopic | null {
  const { logTopic: topic } = config
  if (topic === '') return null
  const connection = kafkaBusOptions(config)
  const openBus = () =>
    createKafkaBus({ ...connection, ...timings, log: silentLog, onFatal: () => undefined })
  return new LogTopic({ topic, openBus, clock: realClock })
}
