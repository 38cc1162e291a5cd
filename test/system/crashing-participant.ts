// A service made of the same parts as by its main.ts, but it dies at a point:
// `node crashing-participant.ts <orders|payments> <point> <nth>`.
import { fileURLToPath } from 'node:url'
import { createParticipant } from '../../participant/index.ts'
import { orderCommands } from '../../services/orders/commands.ts'
import { readOrdersConfig } from '../../services/orders/config.ts'
import { paymentCommands } from '../../services/payments/commands.ts'
import { readPaymentsConfig } from '../../services/payments/config.ts'
import { runService, type Service } from '../../services/shared/run-service.ts'
import { readCrash } from './crash-at.ts'

const [service, ...crash] = process.argv.slice(2)
const onPoint = readCrash(crash)

function migrationsOf(name: string): Service['migrations'] {
  return { name, directory: fileURLToPath(new URL(`../../migrations/${name}`, import.meta.url)) }
}

function crashingOrders(): Service {
  return {
    config: readOrdersConfig(),
    description: {},
    participant: createParticipant({ service: 'orders', commands: orderCommands, onPoint }),
    eventTopics: [],
    migrations: migrationsOf('orders'),
  }
}

function crashingPayments(): Service {
  const config = readPaymentsConfig()
  const commands = paymentCommands({ amountMax: config.paymentLimit })
  return {
    config,
    description: {},
    participant: createParticipant({ service: 'payments', commands, onPoint }),
    eventTopics: [],
    migrations: migrationsOf('payments'),
  }
}

await runService(service === 'orders' ? crashingOrders : crashingPayments, [])
