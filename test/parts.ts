// Starts real Kafka and Postgres once for a whole test run, tells every test where they are, and
// stops them at the end. Vitest calls it for each project that names it and has tests to run,
// before the first test file.
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

export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  // What the root provides, every project has; so the second project has it from the first.
  const whole = project.vitest.getRootProject()
  if ('kafkaBrokers' in whole.getProvidedContext()) return undefined
  const parts = await startLocalParts({ report: (line) => console.log(`[parts] ${line}`) })
  whole.provide('kafkaBrokers', parts.kafka.brokers.join(','))
  whole.provide('postgresUrl', parts.postgres.adminUrl)
  return parts.stop
}
