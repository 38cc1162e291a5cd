// `npm run demo:events`: two orders, heard by a subscriber and kept by a view, on real Kafka and
// Postgres.
import { freePorts } from '../../local/free-ports.ts'
import { startLocalParts } from '../../local/local-parts.ts'
import { realClock, silentLog } from '../../orchestrator/index.ts'
import { startOrderSystem } from '../system/order-system.ts'
import { showEvents, showView } from './show-events.ts'

const say = (line: string) => void process.stdout.write(`${line}\n`)
const report = (line: string) => void process.stderr.write(`sagaline: ${line}\n`)

const parts = await startLocalParts({ report })
try {
  const [viewPort = 0] = await freePorts(1)
  const prefix = 'sagaline_events_'
  const system = await startOrderSystem({ parts, report, prefix, viewPort })
  try {
    const { brokers } = parts.kafka
    const createDatabase = (name: string) => parts.createDatabase(`${prefix}${name}`)
    const given = { system, brokers, createDatabase, clock: realClock, log: silentLog, say }
    const { says, ids } = await showEvents(given)
    say(`${says}; ${await showView(given, ids)}`)
  } finally {
    await system.stop()
  }
} finally {
  await parts.stop()
}
