// What the doctor looks at in the orchestrator's database.
import type { Clock } from '../../../messaging/clock.ts'
import { databaseUrlOf } from '../../../messaging/connections.ts'
import { type Db, openDb } from '../../../messaging/db.ts'
import { missingMigrations } from '../../../messaging/missing-migrations.ts'
import { orchestratorMigrations } from '../../migrate-orchestrator.ts'
import type { CliConfig } from '../config.ts'
import { durationText } from '../times.ts'
import { broken, type Finding, fine, skipped, warning } from './finding.ts'

const name = 'postgres'

export async function lookAtPostgres(
  config: CliConfig,
  given: string | null,
  clock: Clock,
): Promise<readonly Finding[]> {
  const databaseUrl = given ?? config.databaseUrl
  if (databaseUrl === null) {
    return [skipped(name, 'nobody says where it is', 'set DATABASE_URL, or give --database')]
  }
  const url = databaseUrlOf({ ...config, databaseUrl })
  const db = openDb({ url, applicationName: 'sagaline doctor', connectionsMax: 2 })
  try {
    const problem = await db.problem()
    const { host, pathname } = new URL(databaseUrl)
    if (problem !== null) {
      const mend = 'is it running, is the host right, does pg_hba.conf let this user in?'
      return [broken(name, `${host}${pathname} does not answer: ${problem}`, mend)]
    }
    return [
      fine(name, `${host}${pathname} answers: ${await versionOf(db)}`),
      ...(await lookAtServer(db)),
      ...(await lookAtTables(db)),
      await lookAtClock(db, clock),
    ]
  } finally {
    await db.stop()
  }
}

async function versionOf(db: Db): Promise<string> {
  const { rows } = await db.query<{ version: string }>(
    "select split_part(version(), ' on ', 1) as version",
  )
  return rows[0]?.version ?? ''
}

/** Each must be so, or what was answered may be gone after a crash. */
const durable: readonly (readonly [setting: string, wanted: string, why: string])[] = [
  ['fsync', 'on', 'a crash of the machine may destroy the database'],
  ['full_page_writes', 'on', 'a crash of the machine may tear pages'],
  ['synchronous_commit', 'on', 'a crash may lose sagas whose start was answered'],
]

/** Beside `on`: stricter ones, for standbys. */
const stricter = new Set(['remote_write', 'remote_apply', 'local'])

async function lookAtServer(db: Db): Promise<readonly Finding[]> {
  const names = [...durable.map(([setting]) => setting), 'max_connections']
  const { rows } = await db.query<{ name: string; setting: string }>(
    'select name, setting from pg_settings where name = any($1::text[])',
    [names],
  )
  const settings = new Map(rows.map((row) => [row.name, row.setting]))
  const durability = durable.map(([setting, wanted, why]): Finding => {
    const value = settings.get(setting) ?? '?'
    const title = `postgres ${setting}`
    if (value === wanted || stricter.has(value)) return fine(title, value)
    return broken(title, `${value}: ${why}`, `alter system set ${setting} = ${wanted}, and reload`)
  })
  return [...durability, await lookAtStandby(db), await lookAtRoom(db, settings)]
}

async function lookAtStandby(db: Db): Promise<Finding> {
  const { rows } = await db.query<{ standby: boolean; readonly: string }>(
    "select pg_is_in_recovery() as standby, current_setting('default_transaction_read_only') as readonly",
  )
  const title = 'postgres writes'
  if (rows[0]?.standby !== true && rows[0]?.readonly !== 'on') return fine(title, 'are allowed')
  return broken(title, 'it is a standby, or read only', 'point DATABASE_URL at the primary')
}

/** Connections that are left are too few for another process. */
const connectionsFew = 10

async function lookAtRoom(db: Db, settings: ReadonlyMap<string, string>): Promise<Finding> {
  const { rows } = await db.query<{ used: number }>(
    'select count(*)::int as used from pg_stat_activity where datname is not null',
  )
  return judgeRoom(rows[0]?.used ?? 0, Number(settings.get('max_connections')))
}

/** Pure. */
export function judgeRoom(used: number, max: number): Finding {
  const title = 'postgres connections'
  const says = `${used} of ${max} are in use`
  if (max - used >= connectionsFew) return fine(title, says)
  const mend = 'raise max_connections, or lower DATABASE_CONNECTIONS_MAX of the processes'
  return warning(title, says, mend)
}

async function lookAtTables(db: Db): Promise<readonly Finding[]> {
  const title = 'migrations'
  const missing = await missingMigrations(db, orchestratorMigrations)
  if (missing.length === 0) return [fine(title, 'the database has all of them')]
  return [broken(title, `the database lacks ${missing.join(', ')}`, 'run `sagaline migrate`')]
}

/** Timers go by the clock of Postgres, so a wrong one of its own is nobody's but the reader's. */
const skewMsMax = 1_000

async function lookAtClock(db: Db, clock: Clock): Promise<Finding> {
  const before = clock.now().getTime()
  const { rows } = await db.query<{ now: Date }>('select clock_timestamp() as now')
  const between = (before + clock.now().getTime()) / 2
  const skewMs = Math.abs((rows[0]?.now.getTime() ?? 0) - between)
  const says = `this clock and that of Postgres are ${durationText(skewMs)} apart`
  if (skewMs <= skewMsMax) return fine('clock', says)
  return warning('clock', says, 'set both by NTP; tokens and leases go wrong where clocks differ')
}
