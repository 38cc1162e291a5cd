// The orchestrator made of the same parts as by its main.ts, but it dies at a point. It is started
// ahead of time and waits for its turn.
import { realClock } from '../../messaging/clock.ts'
import { kafkaBusOptions } from '../../messaging/connections.ts'
import { openDb } from '../../messaging/db.ts'
import { createKafkaBus } from '../../messaging/kafka/kafka-bus.ts'
import { createLog } from '../../messaging/log.ts'
import { readOrchestratorConfig } from '../../orchestrator/config.ts'
import { loadDefinitions } from '../../orchestrator/load-definitions.ts'
import { createOrchestrator } from '../../orchestrator/orchestrator.ts'
import { awaitTurn, crashAt } from './crash-at.ts'

const config = readOrchestratorConfig()
const log = createLog({ name: 'crashing-orchestrator', level: config.logLevel })
const definitions = await loadDefinitions(config.definitions)
const bus = createKafkaBus({
  ...kafkaBusOptions(config),
  clock: realClock,
  log,
  onFatal: (error) => {
    log.error('crashing.fatal', { error })
    process.exit(1)
  },
})
const db = openDb({
  url: config.databaseUrl,
  applicationName: 'sagaline',
  connectionsMax: config.databaseConnectionsMax,
})
await bus.start()
const plan = await awaitTurn()
const orchestrator = createOrchestrator({
  definitions: definitions.filter(
    ({ name, version }) => !plan.lacks.includes(`${name}@${version}`),
  ),
  allowMissingDefinitions: plan.lacks.length > 0,
  db,
  bus,
  clock: realClock,
  log,
  http: { host: config.host, port: config.port },
  onPoint: crashAt(plan),
})
const { url } = await orchestrator.start()
process.send?.({ type: 'ready', url })
