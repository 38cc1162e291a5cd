// `sagaline replay`: sagas rebuilt from their history, and from the topic, beside their rows.
import { createCipher } from '../../messaging/cipher.ts'
import { messagingMigrations, shippedSet } from '../../messaging/migrate.ts'
import { type ReplayReport, replaySagas } from '../audit/replay.ts'
import { createRegistry } from '../definition/registry.ts'
import { orchestratorError } from '../errors.ts'
import { loadDefinitions } from '../load-definitions.ts'
import { createRowCipher } from '../store/row-cipher.ts'
import { SubjectRing } from '../store/subject-ring.ts'
import { eventReader, mustBeThere, openAudited } from './audit-command.ts'
import { auditFlags, readAuditCall } from './audit-flags.ts'
import { breachLines, notJudgedLines, verdictOf } from './audit-text.ts'
import { type Command, exitCodes, type Flag } from './command.ts'
import { startProgress } from './progress.ts'

const { database, definitions, topics, brokers } = auditFlags as Readonly<
  Record<'database' | 'definitions' | 'topics' | 'brokers', Flag>
>

/** Sagas that one call can name. */
const idsMax = 100

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export const replayCommand: Command = {
  name: 'replay',
  summary: 'Rebuilds sagas from their history and compares them with their rows.',
  takes: '[<id>…]',
  wordsMax: idsMax,
  flags: { database, definitions, topics, brokers },
  examples: [
    'sagaline replay --database postgres://db/sagas --definitions ./sagas.js',
    'sagaline replay --definitions ./sagas.js --topics --brokers kafka:9092    # from the topic too',
    'sagaline replay 01900000-0000-7000-8000-000000000001 --definitions ./sagas.js',
  ],
  run: async (call, terminal) => {
    const asked = readAuditCall(call, terminal)
    if (asked.definitions.length === 0) throw usage('--definitions must say what to replay with')
    const ids = call.words.map((word) => word.toLowerCase())
    const stray = ids.find((id) => !uuid.test(id))
    if (stray !== undefined) throw usage(`'${stray}' is no id of a saga`)
    const config = terminal.config()
    const registry = createRegistry(await loadDefinitions(asked.definitions))
    const ring = new SubjectRing(createCipher(config.encryptionKeys ?? []), terminal.clock, true)
    const { cipher } = ring
    const db = openAudited(asked.databaseUrl)
    const progress = startProgress('replayed', terminal)
    try {
      await mustBeThere('the orchestrator', db, [messagingMigrations, shippedSet('orchestrator')])
      const report = await replaySagas({
        ...{ db, registry, cipher, rows: createRowCipher(registry, cipher, ring) },
        ids: ids.length === 0 ? null : [...new Set(ids)].toSorted(),
        readEvents:
          asked.brokers === null
            ? null
            : eventReader(config, asked.brokers, terminal.clock, cipher),
        onProgress: ({ sagas, of, events }) =>
          progress.tell(sagas, of, events === 0 ? '' : `${events} lifecycle events read`),
      })
      progress.end()
      terminal.out(asked.isJson ? JSON.stringify(report) : textOf(report))
      return report.breachCount === 0 ? exitCodes.fine : exitCodes.refused
    } finally {
      progress.end()
      await db.stop()
    }
  },
}

function textOf(report: ReplayReport): string {
  const { sagas, entries, events } = report
  const topic = events === 0 ? '' : ` and ${events} lifecycle events`
  return [
    `${sagas} sagas rebuilt from ${entries} entries of history${topic}`,
    ...breachLines(report),
    ...notJudgedLines(report),
    verdictOf(report),
  ].join('\n')
}

function usage(problem: string): Error {
  return orchestratorError('CLI_USAGE', { problem })
}
