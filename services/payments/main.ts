// The payment service as a process: `node services/payments/main.ts` runs it, `… migrate` prepares
// its database and topics and ends.
import { fileURLToPath } from 'node:url'
import { createParticipant } from '../../participant/index.ts'
import { paymentsEventsTopic } from '../contracts/payments.ts'
import { prepare } from '../shared/prepare.ts'
import { serve } from '../shared/serve.ts'
import { faultsOf, type ServiceParts } from '../shared/service-parts.ts'
import { paymentCommands } from './commands.ts'
import { describePaymentsConfig, readPaymentsConfig } from './config.ts'

const directory = fileURLToPath(new URL('../../migrations/payments', import.meta.url))

function paymentsService(): ServiceParts {
  const config = readPaymentsConfig()
  const { batchRecordsMax, paymentLimit } = config
  const commands = paymentCommands({ amountMax: paymentLimit })
  const faults = faultsOf(config, commands)
  return {
    config,
    description: describePaymentsConfig(config),
    participant: createParticipant({ service: 'payments', commands, batchRecordsMax, faults }),
    faults,
    eventTopics: [paymentsEventsTopic],
    migrations: { name: 'payments', directory },
  }
}

await (process.argv[2] === 'migrate' ? prepare(paymentsService) : serve(paymentsService))
