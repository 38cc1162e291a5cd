// `sagaline audit`: whether every saga stands as it must, by the rows of all databases.
import { createCipher } from '../../messaging/cipher.ts'
import type { Clock } from '../../messaging/clock.ts'
import { kafkaBusOptions } from '../../messaging/connections.ts'
import { type Db, openDb } from '../../messaging/db.ts'
import { readTopic } from '../../messaging/kafka/read-topic.ts'
import { silentLog } from '../../messaging/log.ts'
import { type MigrationSet, messagingMigrations, shippedSet } from '../../messaging/migrate.ts'
import { missingMigrations } from '../../messaging/missing-migrations.ts'
import { eventsTopic } from '../../messaging/topics.ts'
import { type AuditReport, type AuditScope, audit, type ReadEvents } from '../audit/audit.ts'
import { readIdentity } from '../audit/touched-rows.ts'
import { createRegistry, definitionKey, type Registry } from '../definition/registry.ts'
import { orchestratorError } from '../errors.ts'
import { readLifecycleEvent } from '../lifecycle/lifecycle-event.ts'
import { loadDefinitions } from '../load-definitions.ts'
import { createRowCipher } from '../store/row-cipher.ts'
import { SubjectRing } from '../store/subject-ring.ts'
import { type AuditCall, auditFlags, readAuditCall } from './audit-flags.ts'
import { type AuditMeans, changedMeans, readAuditState, writeAuditState } from './audit-state.ts'
import { progressText, reportText } from './audit-text.ts'
import { type Command, exitCodes, type Terminal } from './command.ts'
import type { CliConfig } from './config.ts'
import { startProgress } from './progress.ts'

export const auditCommand: Command = {
  name: 'audit',
  summary: 'Reads the databases of a running system and reports every breach of its promises.',
  takes: '',
  wordsMax: 0,
  flags: auditFlags,
  examples: [
    'sagaline audit --database postgres://db/sagas --definitions ./sagas.js',
    'sagaline audit --service orders=postgres://db/orders --service payments=postgres://db/payments',
    'sagaline audit --definitions ./sagas.js --topics --brokers kafka:9092 --json > report.json',
    'sagaline audit --definitions ./sagas.js --state audit.json    # every few minutes',
  ],
  run: async (call, terminal) => {
    const asked = readAuditCall(call, terminal)
    const opened: Db[] = []
    const open = (url: string) => {
      const db = openAudited(url)
      opened.push(db)
      return db
    }
    try {
      const report = await runAudit(asked, terminal, open)
      return report.breachCount === 0 ? exitCodes.fine : exitCodes.refused
    } finally {
      await Promise.all(opened.map((db) => db.stop()))
    }
  },
}

/** One page is judged while the next one is read. */
const connectionsMax = 2
/** Some statements read a whole table. */
const statementTimeoutMs = 600_000

export function openAudited(url: string): Db {
  const applicationName = 'sagaline audit'
  return openDb({ url, applicationName, connectionsMax, statementTimeoutMs })
}

async function runAudit(
  asked: AuditCall,
  terminal: Terminal,
  open: (url: string) => Db,
): Promise<AuditReport> {
  const config = terminal.config()
  const registry = createRegistry(await loadDefinitions(asked.definitions))
  const db = open(asked.databaseUrl)
  await mustBeThere('the orchestrator', db, [messagingMigrations, shippedSet('orchestrator')])
  const services = asked.services.map(({ name, url }) => ({ name, db: open(url) }))
  for (const service of services) {
    const sets = [messagingMigrations, shippedSet('participant')]
    await mustBeThere(`the service ${service.name}`, service.db, sets)
  }
  const means = await meansOf(asked, db, registry)
  const scope = await scopeOf(asked, { db, means, terminal })
  const beganAt = terminal.clock.monotonicMs()
  const progress = startProgress('audited', terminal)
  const ring = new SubjectRing(createCipher(config.encryptionKeys ?? []), terminal.clock, true)
  const report = await audit({
    ...{ db, services, registry, scope },
    rows: createRowCipher(registry, ring.cipher, ring),
    readEvents: asked.brokers === null ? null : eventReader(config, asked.brokers, terminal.clock),
    ...(asked.fenceMemoryMs !== null && { limits: { fenceMemoryMs: asked.fenceMemoryMs } }),
    onProgress: ({ sagas, of, events, breaches }) =>
      progress.tell(sagas, of, progressText({ events, breaches })),
  })
  progress.end()
  const tookMs = Math.round(terminal.clock.monotonicMs() - beganAt)
  const { again, ...shown } = report
  terminal.out(asked.isJson ? JSON.stringify({ ...shown, tookMs }) : reportText(report, tookMs))
  await keepState(asked, { report, means, terminal })
  return report
}

/** @throws DATABASE_UNREACHABLE, DATABASE_UNMIGRATED */
export async function mustBeThere(
  what: string,
  db: Db,
  sets: readonly MigrationSet[],
): Promise<void> {
  const problem = await db.problem()
  if (problem !== null) throw orchestratorError('DATABASE_UNREACHABLE', { what, problem })
  const missing = await missingMigrations(db, sets)
  if (missing.length === 0) return
  throw orchestratorError('DATABASE_UNMIGRATED', { what, missing: missing.join(', ') })
}

async function meansOf(asked: AuditCall, db: Db, registry: Registry): Promise<AuditMeans> {
  return {
    database: (await readIdentity(db)).database,
    services: asked.services.map(({ name }) => name).sort(),
    definitions: registry.all().map(definitionKey).sort(),
    hasTopics: asked.brokers !== null,
  }
}

/** Rows carry the time of their transaction's beginning, and every database has its own clock. */
const overlapMs = 600_000

type Scoping = { readonly db: Db; readonly means: AuditMeans; readonly terminal: Terminal }

async function scopeOf(
  { since, stateFile }: AuditCall,
  { db, means, terminal }: Scoping,
): Promise<AuditScope> {
  if (since !== null) {
    const at = 'at' in since ? since.at : (await readIdentity(db)).now - since.agoMs
    return { type: 'since', since: at, again: [] }
  }
  const state = stateFile === null ? null : await readAuditState(stateFile)
  if (state === null) return { type: 'all' }
  const changed = changedMeans(state, means)
  if (changed === null) {
    return { type: 'since', since: state.auditedUntil - overlapMs, again: state.again }
  }
  terminal.err(`everything is looked at again: ${changed}`)
  return { type: 'all' }
}

/** Without a cipher what is sensitive stays encrypted. */
export function eventReader(
  config: CliConfig,
  brokers: readonly string[],
  clock: Clock,
  cipher = createCipher([]),
): ReadEvents {
  const connection = kafkaBusOptions({ ...config, kafkaBrokers: brokers })
  return async (take) => {
    let unreadable = 0
    const { oldestKept } = await readTopic({
      ...{ ...connection, clock, log: silentLog, topic: eventsTopic },
      groupPrefix: 'sagaline-audit',
      take: (record) => {
        const event = readLifecycleEvent(record, cipher)
        if ('problem' in event) unreadable += 1
        else take(event)
      },
    })
    return { oldestKept, unreadable }
  }
}

type Keeping = {
  readonly report: AuditReport
  readonly means: AuditMeans
  readonly terminal: Terminal
}

async function keepState(
  { stateFile }: AuditCall,
  { report, means, terminal }: Keeping,
): Promise<void> {
  if (stateFile === null) return
  const { beganAt: auditedUntil, again } = report
  if (again === null) terminal.err('too much was found to go on from here: no state is kept')
  else await writeAuditState(stateFile, { form: 1, auditedUntil, again, ...means })
}
