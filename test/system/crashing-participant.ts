// A service made of the same parts as by its main.ts, but it dies at a point:
// `node crashing-participant.ts <orders|payments> <point> <nth>`.
import { realClock } from '../../messaging/clock.ts'
import { kafkaBusOptions } from '../../messaging/config-fields.ts'
import { openDb } from '../../messaging/db.ts'
import { createKafkaBus } from '../../messaging/kafka/kafka-bus.ts'
import { createLog } from '../../messaging/log.ts'
import { createParticipant } from '../../participant/index.ts'
import { orderCommands } from '../../services/orders/commands.ts'
import { paymentCommands } from '../../services/payments/commands.ts'
import { readPaymentsConfig } from '../../services/payments/config.ts'
import { readCrash } from './crash-at.ts'

const [service = 'payments', ...crash] = process.argv.slice(2)
const onPoint = readCrash(crash)
// The settings of the payment service hold all that the order service has.
const config = readPaymentsConfig()
const log = createLog({ name: `crashing-${service}`, level: config.logLevel })
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
  applicationName: service,
  connectionsMax: config.databaseConnectionsMax,
})
const commands =
  service === 'orders' ? orderCommands : paymentCommands({ amountMax: config.paymentLimit })
await bus.start()
await createParticipant({ service, commands, onPoint }).start({ db, bus, log, clock: realClock })
process.send?.({ type: 'ready' })
// It is not meant to outlive its test, nor to end in good order.
process.on('disconnect', () => process.exit(1))
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1))
