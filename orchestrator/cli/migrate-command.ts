// `sagaline migrate`: makes the tables and topics that the orchestrator and its sagas need. Nothing
// that exists is changed, so it may run at any time, also by several at once.
import { realClock } from '../../messaging/clock.ts'
import { databaseUrlOf, kafkaBusOptions } from '../../messaging/connections.ts'
import { createKafkaBus } from '../../messaging/kafka/kafka-bus.ts'
import { type Log, silentLog } from '../../messaging/log.ts'
import { loadDefinitions } from '../load-definitions.ts'
import { migrateOrchestrator, topicsOf } from '../migrate-orchestrator.ts'
import { checkedUrl } from './audit-flags.ts'
import { type Command, exitCodes, flagText, type Terminal, tell, usage } from './command.ts'
import { definitionFiles, definitionFlags } from './definitions/find-definitions.ts'

export const migrateCommand: Command = {
  name: 'migrate',
  summary: 'Makes the tables and topics that the orchestrator and its sagas need.',
  takes: '',
  wordsMax: 0,
  flags: {
    database: { value: 'URL', help: 'Of the orchestrator; else DATABASE_URL.' },
    brokers: { value: 'HOST:PORT,…', help: 'Of Kafka; else KAFKA_BROKERS.' },
    ...definitionFlags,
  },
  examples: [
    'sagaline migrate --database postgres://db/sagas --brokers kafka:9092 --definitions ./sagas.js',
    'TOPIC_PARTITIONS=12 TOPIC_REPLICATION_FACTOR=3 sagaline migrate    # the rest from the environment',
  ],
  run: async (call, terminal) => {
    const config = terminal.config()
    const given = flagText(call, 'database')
    const databaseUrl = given === null ? config.databaseUrl : checkedUrl(given, '--database')
    if (databaseUrl === null) throw usage('--database or DATABASE_URL must say where the sagas are')
    const kafkaBrokers = flagText(call, 'brokers')?.split(',') ?? config.kafkaBrokers
    if (kafkaBrokers === null) throw usage('--brokers or KAFKA_BROKERS must say where Kafka is')
    const definitions = await loadDefinitions(await definitionFiles(call, terminal))
    const partitions = config.topicPartitions
    const topics = { partitions, replicationFactor: config.topicReplicationFactor }
    const bus = createKafkaBus({
      ...kafkaBusOptions({ ...config, kafkaBrokers }),
      clock: realClock,
      log: silentLog,
      onFatal: (error) => terminal.err(error.message),
    })
    try {
      await bus.start()
      await migrateOrchestrator({
        databaseUrl: databaseUrlOf({ ...config, databaseUrl }),
        ...{ bus, definitions, topics },
        log: progressLog(terminal),
      })
    } finally {
      await bus.stop()
    }
    const names = topicsOf(definitions)
    tell(call, terminal, { topics: names, ...topics }, () => {
      return `the tables are there, and ${names.length} topics: ${names.join(', ')}`
    })
    return exitCodes.fine
  },
}

/** What is applied is told as it is. */
function progressLog({ err }: Terminal): Log {
  const line = (event: string, fields?: object) =>
    err(`${event}${fields === undefined ? '' : ` ${JSON.stringify(fields)}`}`)
  return { ...silentLog, info: line, warn: line, error: line }
}
