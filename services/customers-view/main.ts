// The view of customers' orders as a process: `node services/customers-view/main.ts` runs it,
// `… migrate` prepares its database, `… rebuild` builds it anew while it serves.
import { fileURLToPath } from 'node:url'
import { createEventConsumer, onEvents } from '../../participant/index.ts'
import { prepare } from '../shared/prepare.ts'
import { serve } from '../shared/serve.ts'
import type { ServiceParts } from '../shared/service-parts.ts'
import { answerView } from './answer.ts'
import { describeViewConfig, readViewConfig } from './config.ts'
import { viewedEvents } from './facts.ts'
import { consumer, discardOrders } from './order-rows.ts'
import { rebuild } from './rebuild.ts'
import { writeEvents } from './write-events.ts'

const directory = fileURLToPath(new URL('../../migrations/customers_view', import.meta.url))

function customersView(): ServiceParts {
  const config = readViewConfig()
  const view = createEventConsumer({
    consumer,
    events: [onEvents(viewedEvents, writeEvents)],
    batchRecordsMax: config.batchRecordsMax,
    discard: discardOrders,
  })
  return {
    config,
    description: describeViewConfig(config),
    participant: view,
    faults: null,
    eventTopics: view.topics,
    migrations: { name: 'customers_view', directory },
    answer: (db, url) => answerView({ db, view }, url),
  }
}

const programs = { migrate: prepare, rebuild }
const program = programs[process.argv[2] as keyof typeof programs] ?? serve
await program(customersView)
