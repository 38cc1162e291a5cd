// A service made of the same parts as any other, but it dies at a point. It is started ahead of
// time and waits for its turn.
import { realClock } from '../../messaging/clock.ts'
import { kafkaBusOptions } from '../../messaging/connections.ts'
import { openDb } from '../../messaging/db.ts'
import { createKafkaBus } from '../../messaging/kafka/kafka-bus.ts'
import { createLog } from '../../messaging/log.ts'
import { createParticipant } from '../../participant/index.ts'
import { readPaymentsConfig } from '../../services/payments/config.ts'
import { worksService } from './crash/crash-sagas.ts'
import { workHandlers } from './crash/crash-works.ts'
import { awaitTurn, crashAt } from './crash-at.ts'

/** The fence is cleaned every few minutes; a test has not that much time. */
const waitMsMax = 1_000
const clock: typeof realClock = {
  ...realClock,
  wait: (ms, signal) => realClock.wait(Math.min(ms, waitMsMax), signal),
}

// Its settings are those that every service has.
const config = readPaymentsConfig()
const log = createLog({ name: 'crashing-participant', level: config.logLevel })
const bus = createKafkaBus({
  ...kafkaBusOptions(config),
  clock: realClock,
  log,
  onFatal: (error) => {
    log.error('crashing.fatal', { error })
    process.exit(1)
  },
})
const open = (applicationName: string) =>
  openDb({
    url: config.databaseUrl,
    applicationName,
    connectionsMax: config.databaseConnectionsMax,
  })
const db = open(worksService)
const commands = workHandlers(open('bank'))
await bus.start()
const onPoint = crashAt(await awaitTurn())
await createParticipant({ service: worksService, commands, onPoint }).start({
  db,
  bus,
  log,
  clock,
})
process.send?.({ type: 'ready' })
