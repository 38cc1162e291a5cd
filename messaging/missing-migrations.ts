// Whether a database has every migration that the code expects. Every program asks at its start.
import { readdir } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Db } from './db.ts'
import type { MigrationSet } from './migrate.ts'

/** What the sets have and the database has not, as `set/file`; empty when all is well. */
export async function missingMigrations(
  db: Db,
  sets: readonly MigrationSet[],
): Promise<readonly string[]> {
  const missing: string[] = []
  for (const set of sets) {
    const applied = await appliedMigrations(db, set)
    const names = (await readdir(set.directory)).filter((file) => file.endsWith('.sql')).sort()
    for (const name of names.map((file) => basename(file, '.sql'))) {
      if (!applied.has(name)) missing.push(`${set.name}/${name}`)
    }
  }
  return missing
}

async function appliedMigrations(db: Db, set: MigrationSet): Promise<ReadonlySet<string>> {
  const table = `sagaline_migrations_${set.name}`
  const { rows: found } = await db.query('select to_regclass($1) as found', [`public.${table}`])
  if (found[0]?.['found'] === null) return new Set()
  const { rows } = await db.query<{ name: string }>(`select name from public.${table}`)
  return new Set(rows.map((row) => row.name))
}
