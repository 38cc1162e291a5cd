// What the doctor looks at in Kafka: the brokers, and each topic with its settings.
import { kafkaBusOptions } from '../../../messaging/connections.ts'
import {
  type DescribedKafka,
  type DescribedTopic,
  describeKafka,
} from '../../../messaging/kafka/describe-kafka.ts'
import { commonSettings } from '../../../messaging/kafka/ensure-topics.ts'
import { silentLog } from '../../../messaging/log.ts'
import type { SagaDefinition } from '../../definition/saga-definition.ts'
import { topicsOf } from '../../migrate-orchestrator.ts'
import type { CliConfig } from '../config.ts'
import { durationText } from '../times.ts'
import { broken, type Finding, fine, skipped, warning } from './finding.ts'

const name = 'kafka'

export async function lookAtKafka(
  config: CliConfig,
  given: readonly string[] | null,
  definitions: readonly SagaDefinition[],
): Promise<readonly Finding[]> {
  const kafkaBrokers = given ?? config.kafkaBrokers
  if (kafkaBrokers === null) {
    return [skipped(name, 'nobody says where it is', 'set KAFKA_BROKERS, or give --brokers')]
  }
  const topics = topicsOf(definitions)
  const connection = kafkaBusOptions({ ...config, kafkaBrokers })
  try {
    const kafka = await describeKafka({ ...connection, topics, log: silentLog })
    const there = fine(name, `${kafkaBrokers.join(',')} answers: ${kafka.brokers} brokers`)
    return [there, ...judgeKafka(kafka, topics, config)]
  } catch (error) {
    const says = error instanceof Error ? error.message : String(error)
    const mend =
      'is it running, do its advertised listeners lead back to it, does it want TLS or a login (KAFKA_TLS, KAFKA_SASL_MECHANISM)?'
    return [broken(name, says, mend)]
  }
}

type Wanted = Pick<CliConfig, 'kafkaSessionTimeoutMs' | 'topicPartitions'>

/** Pure. */
export function judgeKafka(
  kafka: DescribedKafka,
  topics: readonly string[],
  config: Wanted,
): readonly Finding[] {
  return [
    ...lookAtBrokers(kafka, config),
    ...topics.map((topic) => lookAtTopic(topic, kafka, config)),
  ]
}

function lookAtBrokers(
  { brokerSettings }: DescribedKafka,
  { kafkaSessionTimeoutMs: session }: Wanted,
): readonly Finding[] {
  const [min, max] = ['min', 'max'].map((end) =>
    Number(brokerSettings[`group.${end}.session.timeout.ms`] ?? Number.NaN),
  ) as [number, number]
  const title = 'kafka session timeout'
  const range = `${durationText(min)} to ${durationText(max)}`
  const says = `KAFKA_SESSION_TIMEOUT_MS is ${durationText(session)}; the broker takes ${range}`
  const timeout =
    session < min || session > max
      ? [
          broken(
            title,
            says,
            'choose one that the broker takes, or change group.min.session.timeout.ms',
          ),
        ]
      : []
  const isMaking = brokerSettings['auto.create.topics.enable'] === 'true'
  const making = warning(
    'kafka auto.create.topics.enable',
    'on: a mistyped topic comes to be, with settings that lose messages',
    'set it to false; `sagaline migrate` makes the topics that are needed',
  )
  return [...timeout, ...(isMaking ? [making] : [])]
}

/** Those that lose or hold up messages when they differ; retention may be longer. */
function wrongSettings({ settings, replicas }: DescribedTopic): readonly string[] {
  const inSync = Number(settings['min.insync.replicas'] ?? 1)
  const retentionMs = Number(settings['retention.ms'] ?? -1)
  const wantedMs = Number(commonSettings['retention.ms'])
  const exact = ['compression.type', 'cleanup.policy', 'unclean.leader.election.enable'] as const
  return [
    ...exact
      .filter((key) => settings[key] !== undefined && settings[key] !== commonSettings[key])
      .map((key) => `${key} is ${settings[key]} and should be ${commonSettings[key]}`),
    ...(retentionMs !== -1 && retentionMs < wantedMs
      ? [`retention.ms is ${durationText(retentionMs)} and should be ${durationText(wantedMs)}`]
      : []),
    ...(replicas >= 3 && inSync < 2 ? ['min.insync.replicas is 1 and should be 2'] : []),
  ]
}

function lookAtTopic(topic: string, kafka: DescribedKafka, config: Wanted): Finding {
  const title = `topic ${topic}`
  const found = kafka.topics.find((one) => one.name === topic)
  if (found === undefined) return broken(title, 'does not exist', 'run `sagaline migrate`')
  const { partitions, replicas, behind } = found
  const wrong = wrongSettings(found)
  if (wrong.length > 0) {
    return warning(
      title,
      wrong.join('; '),
      `kafka-configs.sh --alter --topic ${topic} changes them`,
    )
  }
  const says = `${partitions} partitions, ${replicas} replicas`
  if (behind > 0) {
    return warning(title, `${says}, ${behind} partitions lack a replica`, 'look after the brokers')
  }
  if (kafka.brokers >= 3 && replicas < 3) {
    const mend = 'make topics with TOPIC_REPLICATION_FACTOR=3, or reassign their partitions'
    return warning(title, `${says}: a broker that is lost takes messages with it`, mend)
  }
  if (partitions !== config.topicPartitions) {
    return fine(title, `${says} (TOPIC_PARTITIONS, for new ones, is ${config.topicPartitions})`)
  }
  return fine(title, says)
}
