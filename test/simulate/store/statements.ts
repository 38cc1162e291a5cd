// Every statement of the product that the simulated store carries out, by its name. The
// differential test holds each of them to what Postgres does.
import type { SimStatement } from './sim-statement.ts'
import { fenceStatements } from './statements/fence-statements.ts'
import { heldStatements } from './statements/held-statements.ts'
import { instanceStatements } from './statements/instance-statements.ts'
import { keyStatements } from './statements/key-statements.ts'
import { letterStatements } from './statements/letter-statements.ts'
import { lockStatements } from './statements/lock-statements.ts'
import { outboxStatements } from './statements/outbox-statements.ts'
import { publishBatchStatements } from './statements/publish-batch-statements.ts'
import { sagaReads } from './statements/saga-reads.ts'
import { sagaWrites } from './statements/saga-writes.ts'
import { serviceStatements } from './statements/service-statements.ts'

export const productStatements: Readonly<Record<string, SimStatement>> = {
  ...sagaWrites,
  ...sagaReads,
  ...keyStatements,
  ...publishBatchStatements,
  ...heldStatements,
  ...instanceStatements,
  ...lockStatements,
  ...fenceStatements,
  ...outboxStatements,
  ...letterStatements,
  ...serviceStatements,
}
