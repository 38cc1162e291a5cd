// `npm run choreography`: three orders without a saga, on real Kafka and Postgres.
import { startLocalParts } from '../../local/local-parts.ts'
import { realClock } from '../../participant/index.ts'
import { showChoreography } from './show-choreography.ts'

const parts = await startLocalParts({ report: (line) => console.error(`sagaline: ${line}`) })
try {
  const { brokers } = parts.kafka
  const createDatabase = (name: string) => parts.createDatabase(name)
  const say = (line: string) => console.info(line)
  say(await showChoreography({ brokers, createDatabase, clock: realClock }, say))
} finally {
  await parts.stop()
}
