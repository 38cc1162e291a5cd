// What a service's database needs beside its own tables. A service runs `migrate` with these sets
// and its own as a step apart, and asks for what is missing at its start.
import { type MigrationSet, messagingMigrations, shippedSet } from '../messaging/migrate.ts'

/** Outbox, dead letters and fence. */
export const participantMigrations: readonly MigrationSet[] = [
  messagingMigrations,
  shippedSet('participant'),
]
