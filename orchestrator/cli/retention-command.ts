// `sagaline retention`: which days of the history may go and why others may not; archives those that
// may, and drops them. Without --archive and --drop it only looks.
import path from 'node:path'
import { databaseUrlOf } from '../../messaging/connections.ts'
import type { Db } from '../../messaging/db.ts'
import { messagingMigrations, shippedSet } from '../../messaging/migrate.ts'
import { dropPart, type From, removeLeftovers } from '../retention/drop-part.ts'
import { type PlannedPart, planRetention } from '../retention/plan-retention.ts'
import { verifyPart } from '../retention/verify-archive.ts'
import { archivePart, archiveRest } from '../retention/write-archive.ts'
import { mustBeThere, openAudited } from './audit-command.ts'
import { checkedUrl } from './audit-flags.ts'
import {
  type Call,
  type Command,
  exitCodes,
  flagText,
  isFlagSet,
  type Terminal,
  tell,
  usage,
} from './command.ts'
import { startProgress } from './progress.ts'
import { type PartReport, type RetentionReport, retentionText } from './retention-text.ts'
import { ageMs } from './times.ts'

/** How long a saga stays after the last thing that came to it, unless said otherwise. */
const keepDefault = '30d'
/** Those that moved between the archive and the drop are archived and dropped again, so often. */
const dropRoundsMax = 3

export const retentionCommand: Command = {
  name: 'retention',
  summary:
    'Tells which days of the history may go and why others may not; archives and drops them.',
  takes: '',
  wordsMax: 0,
  flags: {
    database: { value: 'URL', help: 'Of the orchestrator; else DATABASE_URL. To drop: as owner.' },
    keep: {
      value: 'AGE',
      help: `How long a saga stays after the last thing that came to it, e.g. 90d; ${keepDefault}.`,
    },
    archive: { value: 'FOLDER', help: 'Writes the days that may go there, and verifies them.' },
    drop: { value: null, help: 'Drops the days that may go; each after its archive was verified.' },
    unarchived: { value: null, help: 'With --drop: also without an archive. What goes is lost.' },
  },
  examples: [
    'sagaline retention --database postgres://db/sagas    # only looks',
    'sagaline retention --keep 90d --archive /backup/sagas --drop    # every night',
    'sagaline retention --keep 30d --drop --unarchived',
  ],
  run: async (call, terminal) => {
    const asked = readCall(call, terminal)
    const db = openAudited(asked.databaseUrl)
    try {
      await mustBeThere('the orchestrator', db, [messagingMigrations, shippedSet('orchestrator')])
      const report = await runRetention(db, asked, terminal)
      tell(call, terminal, report, () => retentionText(report, terminal.screen))
      return report.parts.some(({ left }) => left > 0) ? exitCodes.refused : exitCodes.fine
    } finally {
      await db.stop()
    }
  },
}

type Asked = {
  readonly databaseUrl: string
  readonly keepMs: number
  readonly folder: string | null
  readonly isDropping: boolean
}

/** @throws CLI_USAGE */
function readCall(call: Call, terminal: Terminal): Asked {
  const config = terminal.config()
  const given = flagText(call, 'database') ?? config.databaseUrl
  if (given === null) throw usage('--database or DATABASE_URL must say where the sagas are')
  const keepMs = ageMs(flagText(call, 'keep') ?? keepDefault)
  if (keepMs === null) throw usage('--keep must be like 12h, 30d')
  const [folder, isDropping] = [flagText(call, 'archive'), isFlagSet(call, 'drop')]
  const isUnarchived = isFlagSet(call, 'unarchived')
  if (isUnarchived && !isDropping) throw usage('--unarchived goes with --drop')
  if (isUnarchived && folder !== null) throw usage('--unarchived and --archive exclude each other')
  if (isDropping && folder === null && !isUnarchived) {
    throw usage('--drop needs --archive FOLDER, or --unarchived where the history may be lost')
  }
  const databaseUrl = databaseUrlOf({ ...config, databaseUrl: checkedUrl(given, '--database') })
  return { databaseUrl, keepMs, folder, isDropping }
}

async function runRetention(db: Db, asked: Asked, terminal: Terminal): Promise<RetentionReport> {
  const { parts, restEntries } = await planRetention(db, asked.keepMs)
  const reports: PartReport[] = []
  for (const part of parts) reports.push(await settlePart(db, asked, { part, terminal }))
  const { clock } = terminal
  const gone = asked.isDropping ? await removeLeftovers({ db, clock }, asked.keepMs) : null
  return { parts: reports, restEntries, leftovers: gone }
}

type Settling = { readonly part: PlannedPart; readonly terminal: Terminal }

async function settlePart(
  db: Db,
  { folder, isDropping }: Asked,
  { part, terminal }: Settling,
): Promise<PartReport> {
  const report = { ...part, archived: null, gone: 0, left: 0, isDropped: false }
  if (part.verdict !== 'may-go') return report
  const progress = startProgress(part.name, terminal)
  const archiving = (sagas: number) => progress.tell(sagas, part.sagas, 'archived')
  const onSagas = (gone: number) => progress.tell(gone, part.sagas, 'dropped')
  let from: From = null
  let archived: PartReport['archived'] = null
  let [gone, left] = [0, 0]
  try {
    for (let round = 1; round <= dropRoundsMax; round += 1) {
      if (folder !== null && part.sagas > 0) {
        const write = round === 1 ? archivePart : archiveRest
        const manifest = await write({ db, folder, onFile: archiving }, part)
        from = { folder: path.join(folder, part.name), manifest }
        archived = await verifyPart(from.folder, manifest)
      }
      if (!isDropping) break
      const dropped = await dropPart({ db, clock: terminal.clock, onSagas }, part, from)
      gone += dropped.gone
      left = dropped.left
      if (left === 0) break
    }
  } finally {
    progress.end()
  }
  return { ...report, archived, gone, left, isDropped: isDropping && left === 0 }
}
