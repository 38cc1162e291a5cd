// All routes, in the order of the OpenAPI document.

import { addBulkJobs } from './bulk-jobs.ts'
import { addBulkProgress } from './bulk-progress.ts'
import { addDeadLetterVerbs } from './dead-letter-verbs.ts'
import { addDeadLetters } from './dead-letters.ts'
import { addDefinition } from './definition.ts'
import { addDefinitions } from './definitions.ts'
import { addErasures } from './erasures.ts'
import { addFaults } from './faults.ts'
import { addHealth } from './health.ts'
import { addLinks } from './links.ts'
import { addLiveEvents } from './live-events.ts'
import { addLocks } from './locks.ts'
import { addMetrics } from './metrics.ts'
import { addMigrateSagas } from './migrate-sagas.ts'
import { addOpenapi } from './openapi-json.ts'
import { addPossibleVerbs } from './possible-verbs.ts'
import type { AddRoute } from './route.ts'
import { addSaga } from './saga.ts'
import { addSagaCounts } from './saga-counts.ts'
import { addSagaHistory } from './saga-history.ts'
import { addSagaLogs } from './saga-logs.ts'
import { addSagaMessages } from './saga-messages.ts'
import { addSagaVerbs } from './saga-verbs.ts'
import { addSagas } from './sagas.ts'
import { addSendSignal } from './send-signal.ts'
import { addStartSaga } from './start-saga.ts'
import { addStats } from './stats.ts'
import { addVitals } from './vitals.ts'

export const routes: readonly AddRoute[] = [
  addStartSaga,
  addSagas,
  addSagaCounts,
  addStats,
  addVitals,
  addSaga,
  addSagaHistory,
  addSagaMessages,
  addSagaLogs,
  addPossibleVerbs,
  addSagaVerbs,
  addSendSignal,
  addLiveEvents,
  addBulkJobs,
  addBulkProgress,
  addLocks,
  addDeadLetters,
  addDeadLetterVerbs,
  addDefinitions,
  addDefinition,
  addMigrateSagas,
  addErasures,
  addLinks,
  addFaults,
  addHealth,
  addMetrics,
  addOpenapi,
]
