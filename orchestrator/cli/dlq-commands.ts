// `sagaline dlq …`: dead letters are listed, shown, edited, replayed and discarded.
import { databaseUrlOf } from '../../messaging/connections.ts'
import { openDb } from '../../messaging/db.ts'
import { messagingMigrations } from '../../messaging/migrate.ts'
import { missingMigrations } from '../../messaging/missing-migrations.ts'
import { orchestratorError } from '../errors.ts'
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
import { connect, readBy } from './connection.ts'
import { type DlqDoor, databaseDoor, restDoor } from './dlq-door.ts'
import {
  byFlags,
  criteriaFlags,
  editFlags,
  listFlags,
  placeFlags,
  readEdit,
  readFilter,
  readIds,
  readLimit,
} from './dlq-flags.ts'
import { letterText, pageText, summaryText } from './dlq-text.ts'

/** Ids in one call. */
const idsMax = 1_000

const listCommand: Command = {
  name: 'dlq list',
  summary: 'Lists records that nobody could handle, oldest first, a page at a time.',
  takes: '',
  wordsMax: 0,
  flags: { ...placeFlags, ...criteriaFlags, ...listFlags },
  examples: [
    'sagaline dlq list --url http://127.0.0.1:3000 --state parked',
    'sagaline dlq list --database postgres://db/payments --code COMMAND_UNKNOWN --older 1h --json',
  ],
  run: (call, terminal) =>
    withDoor(call, terminal, async (door) => {
      const cursor = flagText(call, 'cursor')
      const page = await door.list({ filter: readFilter(call), limit: readLimit(call), cursor })
      tell(call, terminal, page, () => pageText(page))
    }),
}

const showCommand: Command = {
  name: 'dlq show',
  summary: 'Shows one whole: bytes, headers, why it was parked, and who did what with it.',
  takes: '<id>',
  wordsMax: 1,
  flags: placeFlags,
  examples: ['sagaline dlq show 17 --database postgres://db/payments'],
  run: (call, terminal) =>
    withDoor(call, terminal, async (door) => {
      const letter = await door.show(theId(call))
      tell(call, terminal, letter, () => letterText(letter))
    }),
}

const editCommand: Command = {
  name: 'dlq edit',
  summary: 'Changes what a replay will send; the record stays beside it as it came.',
  takes: '<id>',
  wordsMax: 1,
  flags: { ...placeFlags, ...editFlags, ...byFlags },
  examples: [
    'sagaline dlq edit 17 --header ce_type=payments.take-payment --actor ann --reason "wrong name"',
    'sagaline dlq edit 17 --value-file mended.json --actor ann --reason "amount was a text"',
  ],
  run: (call, terminal) =>
    withDoor(call, terminal, async (door) => {
      const edit = { ...(await readEdit(call)), ...readBy(call, terminal) }
      const letter = await door.edit(theId(call), edit)
      tell(call, terminal, letter, () => letterText(letter))
    }),
}

const replayCommand: Command = {
  name: 'dlq replay',
  summary: 'Sends letters again, with their key, headers and bytes: by id, or all parked that fit.',
  takes: '[<id>…]',
  wordsMax: idsMax,
  flags: {
    ...placeFlags,
    ...criteriaFlags,
    ...byFlags,
    yes: {
      value: null,
      help: 'Without ids: does it. Else it is a dry run, which only lists them.',
    },
  },
  examples: [
    'sagaline dlq replay 17 18 --actor ann --reason "the handler is there now"',
    'sagaline dlq replay --code COMMAND_UNKNOWN --actor ann --reason "deployed"    # a dry run',
    'sagaline dlq replay --code COMMAND_UNKNOWN --actor ann --reason "deployed" --yes',
  ],
  run: (call, terminal) =>
    withDoor(call, terminal, (door) =>
      call.words.length > 0
        ? settleEach('replay', call, terminal, door)
        : replayAll(call, terminal, door),
    ),
}

const discardCommand: Command = {
  name: 'dlq discard',
  summary: 'Puts letters away that nobody will need; they stay in the table.',
  takes: '<id>…',
  wordsMax: idsMax,
  flags: { ...placeFlags, ...byFlags },
  examples: ['sagaline dlq discard 17 --actor ann --reason "a test record"'],
  run: (call, terminal) =>
    withDoor(call, terminal, async (door) => {
      if (call.words.length === 0) throw usage('the id of a dead letter is missing')
      await settleEach('discard', call, terminal, door)
    }),
}

export const dlqCommands: readonly Command[] = [
  listCommand,
  showCommand,
  editCommand,
  replayCommand,
  discardCommand,
]

async function withDoor(
  call: Call,
  terminal: Terminal,
  work: (door: DlqDoor) => Promise<void>,
): Promise<typeof exitCodes.fine> {
  const config = terminal.config()
  const [url, database] = [flagText(call, 'url'), flagText(call, 'database')]
  if (url !== null && database !== null) throw usage('--url and --database exclude each other')
  const given = url === null ? (database ?? config.databaseUrl) : null
  if (given === null) {
    await work(restDoor(connect(call, terminal)))
    return exitCodes.fine
  }
  const databaseUrl = checkedUrl(given, '--database')
  // The password of the environment is that of DATABASE_URL.
  const own = database === null ? {} : { databasePasswordFile: '' }
  const db = openDb({
    url: databaseUrlOf({ ...config, databaseUrl, ...own }),
    applicationName: 'sagaline dlq',
    connectionsMax: 1,
  })
  try {
    await mustBeThere(db)
    await work(databaseDoor(db))
    return exitCodes.fine
  } finally {
    await db.stop()
  }
}

async function mustBeThere(db: ReturnType<typeof openDb>): Promise<void> {
  const [what, problem] = ['the dead letters', await db.problem()]
  if (problem !== null) throw orchestratorError('DATABASE_UNREACHABLE', { what, problem })
  const missing = await missingMigrations(db, [messagingMigrations])
  if (missing.length === 0) return
  throw orchestratorError('DATABASE_UNMIGRATED', { what, missing: missing.join(', ') })
}

function theId(call: Call): string {
  const [id] = readIds(call)
  if (id === undefined) throw usage('the id of a dead letter is missing')
  return id
}

async function settleEach(
  verb: 'replay' | 'discard',
  call: Call,
  terminal: Terminal,
  door: DlqDoor,
): Promise<void> {
  const [ids, by] = [readIds(call), readBy(call, terminal)]
  for (const id of ids) {
    const letter = await door.settle(verb, id, by)
    tell(call, terminal, letter, () => `${letter.id}  ${letter.state}`)
  }
}

/** Letters of one commit. */
const pageMax = 100

/** Ends with the letters that were there at the beginning. With --json a line for each page. */
async function replayAll(call: Call, terminal: Terminal, door: DlqDoor): Promise<void> {
  const isDryRun = !isFlagSet(call, 'yes')
  const walk = { filter: readFilter(call), by: readBy(call, terminal), isDryRun, limit: pageMax }
  let cursor: string | null = null
  let count = 0
  do {
    const page = await door.replayMany({ ...walk, cursor })
    count += page.items.length
    const text = () => page.items.map(summaryText).join('\n')
    if (page.items.length > 0) tell(call, terminal, page, text)
    cursor = page.nextCursor
  } while (cursor !== null)
  terminal.err(isDryRun ? `${count} would be replayed; --yes does it` : `${count} replayed`)
}
