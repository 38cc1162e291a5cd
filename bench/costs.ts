// What Postgres and Kafka counted by themselves, read before and after a load: commits, WAL, pages
// and records for each saga.
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { LocalParts } from '../local/local-parts.ts'
import { openDb } from '../messaging/db.ts'
import { loadKafkaJs } from '../messaging/kafka/load-kafkajs.ts'
import type { PerSaga } from './measurement.ts'

export type DatabaseCounts = {
  readonly commits: number
  readonly buffers: number
  readonly bytes: number
  /** Rows ever inserted, by table. */
  readonly inserted: Readonly<Record<string, number>>
}

export type Counts = {
  readonly databases: Readonly<Record<string, DatabaseCounts>>
  readonly walBytes: number
  readonly walPages: number
  readonly walSyncs: number | null
  readonly kafkaRecords: number
  readonly kafkaBytes: number | null
}

/** A backend tells its figures once a second at the most. */
const statisticsDelayMs = 1_300

/** `databases` by name, as URLs. */
export async function readCounts(
  parts: LocalParts,
  databases: Readonly<Record<string, string>>,
): Promise<Counts> {
  await new Promise((resolve) => setTimeout(resolve, statisticsDelayMs))
  const counted = await Promise.all(
    Object.entries(databases).map(async ([name, url]) => [name, await countDatabase(url)] as const),
  )
  const kafka = await Promise.all([countRecords(parts), countLogBytes(parts)])
  const wal = await countWal(parts.postgres.adminUrl)
  const [kafkaRecords, kafkaBytes] = kafka
  return { databases: Object.fromEntries(counted), ...wal, kafkaRecords, kafkaBytes }
}

export function perSaga(before: Counts, after: Counts, sagas: number): PerSaga {
  const each = (of: (counts: Counts) => number) => (of(after) - of(before)) / sagas
  const sum = (of: (counts: DatabaseCounts) => number) => (counts: Counts) =>
    Object.values(counts.databases).reduce((total, one) => total + of(one), 0)
  const isKafkaUsed = after.kafkaRecords > before.kafkaRecords
  return {
    sagas,
    commits: each(sum(({ commits }) => commits)),
    walSyncs: after.walSyncs === null ? null : each(({ walSyncs }) => walSyncs ?? 0),
    walBytes: each(({ walBytes }) => walBytes),
    walPages: each(({ walPages }) => walPages),
    buffers: each(sum(({ buffers }) => buffers)),
    tableBytes: each(sum(({ bytes }) => bytes)),
    kafkaRecords: isKafkaUsed ? each(({ kafkaRecords }) => kafkaRecords) : null,
    kafkaBytes:
      isKafkaUsed && after.kafkaBytes !== null ? each(({ kafkaBytes }) => kafkaBytes ?? 0) : null,
  }
}

async function countDatabase(url: string): Promise<DatabaseCounts> {
  return withDb(url, async (query) => {
    const [database] = await query(`
      select xact_commit::float8 as commits, (blks_hit + blks_read)::float8 as buffers,
        pg_database_size(datname)::float8 as bytes
      from pg_stat_database where datname = current_database()`)
    // The parts of the history count as one table.
    const tables = await query(`
      select coalesce(parent.relname, own.relname) as relname, sum(n_tup_ins)::float8 as rows
      from pg_stat_user_tables own left join pg_inherits on inhrelid = own.relid
      left join pg_class parent on parent.oid = inhparent group by 1`)
    return {
      commits: Number(database?.['commits']),
      buffers: Number(database?.['buffers']),
      bytes: Number(database?.['bytes']),
      inserted: Object.fromEntries(tables.map((row) => [row['relname'], Number(row['rows'])])),
    }
  })
}

async function countWal(url: string): Promise<Pick<Counts, 'walBytes' | 'walPages' | 'walSyncs'>> {
  return withDb(url, async (query) => {
    const [wal] = await query(`
      select (pg_current_wal_lsn() - '0/0'::pg_lsn)::float8 as bytes,
        (select wal_fpi::float8 from pg_stat_wal) as pages`)
    // Before Postgres 18 this view has no rows of the WAL.
    const [io] = await query(`
      select sum(fsyncs)::float8 as syncs from pg_stat_io where object = 'wal'`)
    const syncs = io?.['syncs'] ?? null
    return {
      walBytes: Number(wal?.['bytes']),
      walPages: Number(wal?.['pages']),
      walSyncs: syncs === null ? null : Number(syncs),
    }
  })
}

type Query = (text: string) => Promise<readonly Readonly<Record<string, unknown>>[]>

async function withDb<T>(url: string, work: (query: Query) => Promise<T>): Promise<T> {
  const options = { applicationName: 'bench', connectionsMax: 1, statementTimeoutMs: 60_000 }
  const db = openDb({ url, ...options })
  try {
    return await work(async (text) => (await db.query(text)).rows)
  } finally {
    await db.stop()
  }
}

async function countRecords(parts: LocalParts): Promise<number> {
  const { Kafka, logLevel } = loadKafkaJs()
  const brokers = [...parts.kafka.brokers]
  const admin = new Kafka({ clientId: 'bench', brokers, logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    const topics = (await admin.listTopics()).filter((topic) => !topic.startsWith('__'))
    const offsets = await Promise.all(topics.map((topic) => admin.fetchTopicOffsets(topic)))
    return offsets.flat().reduce((sum, { high }) => sum + Number(high), 0)
  } finally {
    await admin.disconnect()
  }
}

/** Of the logs of all topics but Kafka's own; null where the broker's files are not ours. */
async function countLogBytes(parts: LocalParts): Promise<number | null> {
  const folders = parts.kafka.servers.map(({ dataDir }) => dataDir)
  if (folders.length === 0) return null
  let bytes = 0
  for (const folder of folders) {
    for (const file of await readdir(folder, { recursive: true })) {
      if (!file.endsWith('.log') || file.includes('__')) continue
      bytes += (await stat(join(folder, file)).catch(() => null))?.size ?? 0
    }
  }
  return bytes
}
