// The orchestrator made of the same parts as by its main.ts, but it dies at a point:
// `node crashing-orchestrator.ts <point> <nth>`.
import { realClock } from '../../messaging/clock.ts'
import { kafkaBusOptions } from '../../messaging/config-fields.ts'
import { openDb } from '../../messaging/db.ts'
import { createKafkaBus } from '../../messaging/kafka/kafka-bus.ts'
import { createLog } from '../../messaging/log.ts'
import { readOrchestratorConfig } from '../../orchestrator/config.ts'
import { loadDefinitions } from '../../orchestrator/load-definitions.ts'
import { createOrchestrator } from '../../orchestrator/orchestrator.ts'
import { readCrash } from './crash-at.ts'

const onPoint = readCrash(process.argv.slice(2))
const config = readOrchestratorConfig()
const log = createLog({ name: 'crashing-orchestrator', level: config.logLevel })
const bus = createKafkaBus({
  ...kafkaBusOptions(config),
  clock: realClock,
  log,
  onFatal: (error) => {
    throw error
  },
})
const db = openDb({
  url: config.databaseUrl,
  applicationName: 'sagaline',
  connectionsMax: config.databaseConnectionsMax,
})
const orchestrator = createOrchestrator({
  definitions: await loadDefinitions(config.definitions),
  db,
  bus,
  clock: realClock,
  log,
  http: { host: config.host, port: config.port },
  onPoint,
})
await bus.start()
const { url } = await orchestrator.start()
process.send?.({ type: 'ready', url })
// It is not meant to outlive its test, nor to end in good order.
process.on('disconnect', () => process.exit(1))
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1))
