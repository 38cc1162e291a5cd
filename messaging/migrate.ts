// Brings a database to the newest schema: numbered `.sql` files, each applied once and never
// changed after a release. Run by the migrate step of each program; several may run it at once.
import { fileURLToPath } from 'node:url'
import { runner } from 'node-pg-migrate'
import { messagingError } from './errors.ts'
import type { Log } from './log.ts'

export type MigrationSet = {
  /** Letters and underscores; names the table that remembers what was applied. */
  readonly name: string
  /** Of the `.sql` files: an absolute path. */
  readonly directory: string
}

export type MigrateOptions = {
  readonly url: string
  /** Applied in this order. */
  readonly sets: readonly MigrationSet[]
  readonly log: Log
}

/** The tables of this folder: outbox and dead letters. */
export const messagingMigrations: MigrationSet = shippedSet('messaging')

/** The migrations lie beside the code in the source tree and in the build alike. */
export function shippedSet(name: string): MigrationSet {
  const directory = fileURLToPath(new URL(`../migrations/${name}`, import.meta.url))
  return { name, directory }
}

/** How long to wait for another starter that is migrating, and for a connection. */
const lockMsMax = 120_000
const connectMsMax = 10_000

/** Answers what was applied, as `set/file`. @throws MIGRATION_FAILED; that set is unchanged. */
export async function migrate(options: MigrateOptions): Promise<readonly string[]> {
  const applied: string[] = []
  for (const set of options.sets) {
    try {
      applied.push(...(await migrateSet(options, set)))
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error)
      throw messagingError('MIGRATION_FAILED', { set: set.name, problem }, error)
    }
  }
  return applied
}

async function migrateSet({ url, log }: MigrateOptions, set: MigrationSet): Promise<string[]> {
  const warn = (message: string) => log.warn('migrate.warning', { set: set.name, message })
  const quiet = () => undefined
  const files = await runner({
    databaseUrl: {
      connectionString: url,
      application_name: 'sagaline-migrate',
      connectionTimeoutMillis: connectMsMax,
      lock_timeout: lockMsMax,
    },
    dir: set.directory,
    direction: 'up',
    migrationsTable: `sagaline_migrations_${set.name}`,
    migrationsSchema: 'public',
    // All files of a set or none.
    singleTransaction: true,
    // The default fails the second of two starters.
    advisoryLockMode: 'wait',
    logger: { debug: quiet, info: quiet, warn, error: warn },
  })
  for (const { name } of files) log.info('migrate.applied', { set: set.name, file: name })
  return files.map(({ name }) => `${set.name}/${name}`)
}
