// Starts real Kafka and Postgres once for a whole test run, tells every test where they are, and
// stops them at the end. Vitest calls it before the first test file.
import type { TestProject } from 'vitest/node'
import { startLocalParts } from '../local/local-parts.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** host:port, separated by commas. */
    readonly kafkaBrokers: string
    /** Of a database from which others can be created. */
    readonly postgresUrl: string
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const parts = await startLocalParts({ report: (line) => console.log(`[parts] ${line}`) })
  project.provide('kafkaBrokers', parts.kafka.brokers.join(','))
  project.provide('postgresUrl', parts.postgres.adminUrl)
  return parts.stop
}
