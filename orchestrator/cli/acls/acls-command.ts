// `sagaline acls`: which rights in Kafka the orchestrator, each service and the operator need.
import { loadDefinitions } from '../../load-definitions.ts'
import { type Call, type Command, exitCodes, flagText, flagTexts, tell, usage } from '../command.ts'
import { definitionFiles, definitionFlags } from '../definitions/find-definitions.ts'
import { commandsText, strimziText } from './acl-texts.ts'
import { aclsOf } from './acls-of.ts'

export const aclsCommand: Command = {
  name: 'acls',
  summary: 'Prints the rights in Kafka that each program needs, for kafka-acls.sh or Strimzi.',
  takes: '',
  wordsMax: 0,
  flags: {
    ...definitionFlags,
    writes: {
      value: 'SERVICE=TOPIC,…',
      isRepeatable: true,
      help: 'Topics that a service writes to beside replies: its events, sagaline.starts, sagaline.signals.',
    },
    reads: {
      value: 'CONSUMER=TOPIC,…',
      isRepeatable: true,
      help: 'Topics that a consumer of events reads; it has the rights of a service of its name as well.',
    },
    strimzi: { value: 'CLUSTER', help: 'KafkaUser resources for that Kafka of Strimzi.' },
  },
  examples: [
    'sagaline acls --writes payments=payments.events | BROKERS=kafka:9092 ADMIN=admin.properties sh',
    'LOG_TOPIC=logs sagaline acls --reads customers-view=orders.events,payments.events',
    'KAFKA_PREFIX=eu-1. sagaline acls --strimzi my-kafka | kubectl apply -f -',
    'sagaline acls --json',
  ],
  run: async (call, terminal) => {
    const definitions = await loadDefinitions(await definitionFiles(call, terminal))
    const { kafkaPrefix: prefix, logTopic } = terminal.config()
    const [writes, reads] = [readTopics(call, 'writes'), readTopics(call, 'reads')]
    const principals = aclsOf({ definitions, prefix, logTopic, writes, reads })
    const cluster = flagText(call, 'strimzi')
    tell(call, terminal, { principals }, () =>
      cluster === null ? commandsText(principals) : strimziText(principals, cluster),
    )
    return exitCodes.fine
  },
}

const topicName = /^[a-zA-Z0-9._-]{1,249}$/

/** @throws CLI_USAGE */
function readTopics(call: Call, flag: 'writes' | 'reads'): ReadonlyMap<string, readonly string[]> {
  const all = new Map<string, readonly string[]>()
  for (const text of flagTexts(call, flag)) {
    const [service = '', list = ''] = text.split('=')
    const topics = list.split(',')
    if (!topicName.test(service) || !topics.every((topic) => topicName.test(topic))) {
      throw usage(`--${flag} must be like payments=payments.events, not ${text}`)
    }
    all.set(service, [...(all.get(service) ?? []), ...topics])
  }
  return all
}
