// The order service as a process: `node services/orders/main.ts` runs it, `… migrate` prepares its
// database and topics and ends.
import { fileURLToPath } from 'node:url'
import { createParticipant } from '../../participant/index.ts'
import { ordersEventsTopic } from '../contracts/orders.ts'
import { prepare } from '../shared/prepare.ts'
import { serve } from '../shared/serve.ts'
import { faultsOf, type ServiceParts } from '../shared/service-parts.ts'
import { orderCommands } from './commands.ts'
import { describeOrdersConfig, readOrdersConfig } from './config.ts'

const directory = fileURLToPath(new URL('../../migrations/orders', import.meta.url))

function ordersService(): ServiceParts {
  const config = readOrdersConfig()
  const { batchRecordsMax } = config
  const commands = orderCommands
  const faults = faultsOf(config, commands)
  return {
    config,
    description: describeOrdersConfig(config),
    participant: createParticipant({ service: 'orders', commands, batchRecordsMax, faults }),
    faults,
    eventTopics: [ordersEventsTopic],
    migrations: { name: 'orders', directory },
  }
}

await (process.argv[2] === 'migrate' ? prepare(ordersService) : serve(ordersService))
