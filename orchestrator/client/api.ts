// Everything that REST can be asked, by the id of the operation in the OpenAPI document.
import { type BulkApi, bulkRoutes } from './api/bulk-api.ts'
import { type DefinitionsApi, definitionsRoutes } from './api/definitions-api.ts'
import { type EventsApi, eventsRoutes } from './api/events-api.ts'
import { type FaultsApi, faultsRoutes } from './api/faults-api.ts'
import { type HealthApi, healthRoutes } from './api/health-api.ts'
import { type LettersApi, lettersRoutes } from './api/letters-api.ts'
import { type MessagesApi, messagesRoutes } from './api/messages-api.ts'
import { type SagasApi, sagasRoutes } from './api/sagas-api.ts'
import { type StatsApi, statsRoutes } from './api/stats-api.ts'

/** What is asked and answered, by operation. */
export type Api = SagasApi &
  StatsApi &
  MessagesApi &
  BulkApi &
  LettersApi &
  DefinitionsApi &
  FaultsApi &
  HealthApi

/** The same of streams: `answer` is the data of their entries. */
export type StreamApi = EventsApi

export type Route = { readonly method: string; readonly path: string }

export const routes: Readonly<Record<keyof Api | keyof StreamApi, Route>> = {
  ...sagasRoutes,
  ...statsRoutes,
  ...messagesRoutes,
  ...bulkRoutes,
  ...lettersRoutes,
  ...definitionsRoutes,
  ...faultsRoutes,
  ...healthRoutes,
  ...eventsRoutes,
}
