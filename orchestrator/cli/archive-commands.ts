// `sagaline archive …`: opens what `sagaline retention` has archived, without a database.
import { createCipher } from '../../messaging/cipher.ts'
import type { SagaId } from '../../messaging/message.ts'
import { auditedArchived } from '../audit/audited-archived.ts'
import { Findings } from '../audit/findings.ts'
import { judgeHistory } from '../audit/judge-history.ts'
import { judgeReplay } from '../audit/judge-replay.ts'
import { createRegistry } from '../definition/registry.ts'
import { orchestratorError } from '../errors.ts'
import { loadDefinitions } from '../load-definitions.ts'
import { readManifests } from '../retention/archive-manifest.ts'
import { findArchived, walkArchived } from '../retention/archived-sagas.ts'
import { showArchived } from '../retention/show-archived.ts'
import { verifyPart } from '../retention/verify-archive.ts'
import type { ArchivedSaga } from '../store/archived-rows.ts'
import { createRowCipher } from '../store/row-cipher.ts'
import { breachLines, notJudgedLines, verdictOf } from './audit-text.ts'
import {
  type Call,
  type Command,
  exitCodes,
  type Flag,
  flagText,
  flagTexts,
  readCount,
  type Terminal,
  tell,
  usage,
} from './command.ts'
import { statusColour, tableText } from './paint.ts'
import { startProgress } from './progress.ts'
import { headText } from './sagas/show-command.ts'
import { timelineText } from './sagas/timeline.ts'

const from: Flag = { value: 'FOLDER', help: 'Of the archives, as given to retention --archive.' }
const definitions: Flag = {
  value: 'FILE',
  isRepeatable: true,
  help: 'A module that exports sagas, as for the orchestrator.',
}

const listCommand: Command = {
  name: 'archive list',
  summary: 'Lists archived sagas, oldest first.',
  takes: '',
  wordsMax: 0,
  flags: {
    from,
    name: { value: 'SAGA', help: 'Only sagas of this name.' },
    status: { value: 'STATUS', help: 'Only those that ended so, e.g. compensated.' },
    key: { value: 'KEY', help: 'Only those with this business key.' },
    limit: { value: 'COUNT', help: 'So many at the most; 50 unless given.' },
  },
  examples: ['sagaline archive list --from /backup/sagas --key order-17'],
  run: async (call, terminal) => {
    const limit = readCount(call, 'limit', { of: 50, max: 100_000 })
    const [name, status, key] = ['name', 'status', 'key'].map((flag) => flagText(call, flag))
    const found: Summary[] = []
    for await (const saga of walkArchived(theFolder(call))) {
      if (name !== null && saga.name !== name) continue
      if (status !== null && saga.status !== status) continue
      if (key !== null && saga.business_key !== key) continue
      found.push(summaryOf(saga))
      if (found.length === limit) break
    }
    tell(call, terminal, { items: found }, () => listText(found, terminal))
    return exitCodes.fine
  },
}

const showCommand: Command = {
  name: 'archive show',
  summary: 'Shows one archived saga: how it ended and its timeline.',
  takes: '<id>',
  wordsMax: 1,
  flags: { from, definitions },
  examples: ['sagaline archive show 0198c5a0-0000-7000-8000-000000000001 --from /backup/sagas'],
  run: async (call, terminal) => {
    const [id] = call.words
    if (id === undefined) throw usage('the id of a saga is missing')
    const archived = await findArchived(theFolder(call), id.toLowerCase())
    if (archived === null) throw orchestratorError('SAGA_NOT_FOUND', { id })
    const { rows } = await partsOf(call, terminal)
    // As REST would show it: times as texts.
    const shown = JSON.parse(JSON.stringify(showArchived(rows, archived)))
    tell(call, terminal, shown, () =>
      [headText(shown.saga, terminal), timelineText(shown.history, terminal.screen)].join('\n\n'),
    )
    return exitCodes.fine
  },
}

const verifyCommand: Command = {
  name: 'archive verify',
  summary: 'Checks every file of the archives; with --definitions it replays every saga as well.',
  takes: '',
  wordsMax: 0,
  flags: { from, definitions },
  examples: [
    'sagaline archive verify --from /backup/sagas',
    'sagaline archive verify --from /backup/sagas --definitions ./sagas.js',
  ],
  run: async (call, terminal) => {
    const { registry, rows } = await partsOf(call, terminal)
    const isReplayed = registry.all().length > 0
    const findings = new Findings()
    const progress = startProgress('verified', terminal)
    const total = { parts: 0, sagas: 0, entries: 0 }
    try {
      const all = await readManifests(theFolder(call))
      const of = all.flatMap(({ manifest }) => manifest.files).reduce((n, f) => n + f.sagas, 0)
      let done = 0
      for (const { folder, manifest } of all) {
        const found = await verifyPart(folder, manifest, (archived) => {
          done += 1
          progress.tell(done, of)
          if (!isReplayed) return
          const saga = auditedArchived(rows, archived)
          findings.add(judgeHistory(saga))
          findings.add(judgeReplay(saga, { registry, rows }))
        })
        total.parts += 1
        total.sagas += found.sagas
        total.entries += found.entries
      }
    } finally {
      progress.end()
    }
    const { breachCount, counts, breaches, notJudged } = findings
    const report = { ...total, isReplayed, breachCount, counts, breaches, notJudged }
    tell(call, terminal, report, () => verifiedText({ ...report, unreadableEvents: 0 }))
    return breachCount === 0 ? exitCodes.fine : exitCodes.refused
  },
}

export const archiveCommands: readonly Command[] = [listCommand, showCommand, verifyCommand]

function theFolder(call: Call): string {
  const folder = flagText(call, 'from')
  if (folder === null) throw usage('--from must say where the archives are')
  return folder
}

async function partsOf(call: Call, terminal: Terminal) {
  const registry = createRegistry(await loadDefinitions(flagTexts(call, 'definitions')))
  const cipher = createCipher(terminal.config().encryptionKeys ?? [])
  return { registry, rows: createRowCipher(registry, cipher) }
}

type Summary = ReturnType<typeof summaryOf>

function summaryOf(saga: ArchivedSaga) {
  const { id, name, version, status, business_key: businessKey } = saga
  const time = (ms: number) => new Date(ms).toISOString()
  const [startedAt, endedAt] = [time(saga.started_at_ms), time(saga.ended_at_ms)]
  return { id: id as SagaId, name, version, status, businessKey, startedAt, endedAt }
}

function listText(found: readonly Summary[], { screen }: Terminal): string {
  if (found.length === 0) return 'no sagas'
  const rows = found.map(({ id, name, version, status, startedAt, businessKey }) => [
    id,
    `${name}@${version}`,
    { text: status, colour: statusColour(status) },
    startedAt,
    businessKey ?? '',
  ])
  return tableText(['ID', 'SAGA', 'STATUS', 'STARTED', 'KEY'], rows, screen)
}

type VerifyReport = Parameters<typeof verdictOf>[0] &
  Parameters<typeof breachLines>[0] &
  Parameters<typeof notJudgedLines>[0] & {
    readonly parts: number
    readonly sagas: number
    readonly entries: number
    readonly isReplayed: boolean
  }

function verifiedText(report: VerifyReport): string {
  const { parts, sagas, entries, isReplayed } = report
  const what = isReplayed ? 'verified and replayed' : 'verified'
  return [
    `${parts} parts, ${sagas} sagas with ${entries} entries ${what}`,
    ...breachLines(report),
    ...notJudgedLines(report),
    ...(isReplayed ? [verdictOf(report)] : []),
  ].join('\n')
}
