// Opens what the kit speaks over: a producer, a follower of the replies, and the database where SQL
// was given.
import { kafkaBusOptions } from '../../../messaging/connections.ts'
import { type Db, openDb } from '../../../messaging/db.ts'
import { messagingError } from '../../../messaging/errors.ts'
import { describeKafka } from '../../../messaging/kafka/describe-kafka.ts'
import { followTopic } from '../../../messaging/kafka/follow-topic.ts'
import { createKafkaBus } from '../../../messaging/kafka/kafka-bus.ts'
import { silentLog as log } from '../../../messaging/log.ts'
import { repliesTopic } from '../../../messaging/topics.ts'
import { createListeners } from '../../certify/listeners.ts'
import type { Wire } from '../../certify/wire.ts'
import { type Terminal, usage } from '../command.ts'

export type Asked = {
  readonly commands: string
  readonly brokers: readonly string[]
  readonly databaseUrl: string | null
  readonly sql: string | null
  readonly waitMs: number
}

type Opened = { readonly wire: Wire; readonly close: () => Promise<void> }

/** Checks run side by side, each with a look now and then. */
const connectionsMax = 4

/** @throws BROKER_UNREACHABLE, TOPIC_MISSING, CLI_USAGE where the SQL cannot be run. */
export async function openWire(asked: Asked, { config, clock }: Terminal): Promise<Opened> {
  const { commands, brokers, databaseUrl, sql, waitMs } = asked
  const connection = kafkaBusOptions({ ...config(), kafkaBrokers: brokers })
  const { topics } = await describeKafka({ ...connection, topics: [commands], log })
  const [topic] = topics
  if (topic === undefined) throw messagingError('TOPIC_MISSING', { topic: commands })
  const db =
    databaseUrl === null
      ? null
      : openDb({ url: databaseUrl, applicationName: 'sagaline-certify', connectionsMax })
  const bus = createKafkaBus({ ...connection, log, clock, onFatal: () => undefined })
  const { tell, listen } = createListeners()
  const closeAll = async () => {
    await bus.stop()
    await db?.stop()
  }
  try {
    const effectOf = db === null ? null : await effectReader(db, sql ?? '', clock.newId())
    await bus.start()
    const following = await followTopic({
      ...{ ...connection, log, clock, topic: repliesTopic, groupPrefix: 'sagaline-certify' },
      take: tell,
    })
    const wire: Wire = {
      ...{ commands, commandPartitions: topic.partitions, effectOf, clock, waitMs },
      replyPartitions: following.partitions,
      send: (records) => bus.publish(records),
      listen,
    }
    const close = async () => {
      await following.stop()
      await closeAll()
    }
    return { wire, close }
  } catch (error) {
    await closeAll()
    throw error
  }
}

/** Tried once, so that a mistyped query is no breach. @throws CLI_USAGE */
async function effectReader(
  db: Db,
  sql: string,
  someId: string,
): Promise<NonNullable<Wire['effectOf']>> {
  const read = async (sagaId: string) => (await db.query(sql, [sagaId])).rows
  await read(someId).catch((error: unknown) => {
    throw usage(`--sql cannot be run: ${error instanceof Error ? error.message : error}`)
  })
  return read
}
