// Every fault of the chaos runs. docs/reliability.md has the table of them.
import type { Fault } from '../fault.ts'
import { brokerFaults } from './of-brokers.ts'
import { memberFaults } from './of-members.ts'
import { networkFaults } from './of-network.ts'
import { postgresFaults } from './of-postgres.ts'
import { recordFaults } from './of-records.ts'
import { sessionFaults } from './of-sessions.ts'

export const allFaults: readonly Fault[] = [
  ...memberFaults,
  ...brokerFaults,
  ...postgresFaults,
  ...sessionFaults,
  ...networkFaults,
  ...recordFaults,
]
