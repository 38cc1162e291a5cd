// Starts real Postgres, and a real Kafka for each worker, once for a whole test run; tells the tests
// where they are, and stops them at the end. Vitest calls it before the first test file.
import type { TestProject } from 'vitest/node'
import { readLocalConfig } from '../local/config.ts'
import { startLocalParts } from '../local/local-parts.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** For each worker the host:port of its brokers, separated by commas; see worker-kafka.ts. */
    readonly kafkas: readonly string[]
    /** Of a database from which others can be created. */
    readonly postgresUrl: string
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const report = (line: string) => console.log(`[parts] ${line}`)
  const parts = [await startLocalParts({ report })]
  const databaseUrl = parts[0]?.postgres.adminUrl
  const stop = async () => {
    await Promise.all(parts.map((started) => started.stop()))
  }
  try {
    while (parts.length < project.vitest.config.maxWorkers) {
      parts.push(await startLocalParts({ report, config: { ...readLocalConfig(), databaseUrl } }))
    }
  } catch (error) {
    await stop()
    throw error
  }
  project.provide(
    'kafkas',
    parts.map(({ kafka }) => kafka.brokers.join(',')),
  )
  project.provide('postgresUrl', databaseUrl ?? '')
  return stop
}
