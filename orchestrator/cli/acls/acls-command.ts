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
    strimzi: { value: 'CLUSTER', help: 'KafkaUser resources for that Kafka of Strimzi.' },
  },
  examples: [
    'sagaline acls --writes payments=payments.events | BROKERS=kafka:9092 ADMIN=admin.properties sh',
    'KAFKA_PREFIX=eu-1. sagaline acls --strimzi my-kafka | kubectl apply -f -',
    'sagaline acls --json',
  ],
  run: async (call, terminal) => {
    const definitions = await loadDefinitions(await definitionFiles(call, terminal))
    const prefix = terminal.config().kafkaPrefix
    const principals = aclsOf({ definitions, prefix, writes: readWrites(call) })
    const cluster = flagText(call, 'strimzi')
    tell(call, terminal, { principals }, () =>
      cluster === null ? commandsText(principals) : strimziText(principals, cluster),
    )
    return exitCodes.fine
  },
}

const topicName = /^[a-zA-Z0-9._-]{1,249}$/

/** @throws CLI_USAGE */
function readWrites(call: Call): ReadonlyMap<string, readonly string[]> {
  const writes = new Map<string, readonly string[]>()
  for (const text of flagTexts(call, 'writes')) {
    const [service = '', list = ''] = text.split('=')
    const topics = list.split(',')
    if (service === '' || !topics.every((topic) => topicName.test(topic))) {
      throw usage(`--writes must be like payments=payments.events, not ${text}`)
    }
    writes.set(service, [...(writes.get(service) ?? []), ...topics])
  }
  return writes
}
