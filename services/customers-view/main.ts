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

const directory = fileURLToPath(new URL('../../migrations/view', import.meta.url))

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
    migrations: { name: 'view', directory },
    answer: (db, url) => answerView({ db, view }, url),
  }
}

const command = process.argv[2]
if (command === 'migrate') await prepare(customersView)
else if (command === 'rebuild') await rebuild(customersView)
else await serve(customersView)
