// `sagaline dev`: everything on this machine with one command. Kafka and Postgres are real, and gone
// with all their data when it ends; the orchestrator is begun again when a file of the folder changes.
import type { LocalParts } from '../../../local/local-parts.ts'
import { createClient } from '../../client/index.ts'
import {
  type Call,
  type Command,
  exitCodes,
  flagText,
  flagTexts,
  isFlagSet,
  type Terminal,
  tell,
  usage,
} from '../command.ts'
import { definitionFiles, definitionFlags } from '../definitions/find-definitions.ts'
import { cliError } from '../errors.ts'
import { type Cell, paintFor, tableText } from '../paint.ts'
import { DevOrchestrator } from './dev-orchestrator.ts'
import { secretKeyText } from './dev-settings.ts'
import { freePort } from './free-port.ts'
import { logLine } from './log-line.ts'
import { watchFolder } from './watch-folder.ts'

const portDefault = 3_000

export const devCommand: Command = {
  name: 'dev',
  summary: 'Runs everything here: Kafka, Postgres, the orchestrator, the sagas of this folder.',
  takes: '',
  wordsMax: 0,
  flags: {
    ...definitionFlags,
    port: { value: 'PORT', help: 'Of REST and the dashboard; 3000 unless given.' },
    database: {
      value: 'NAME',
      isRepeatable: true,
      help: 'Makes a database for a service as well, and prints where it is.',
    },
    'no-watch': { value: null, help: 'Does not begin again when a file changes.' },
    verbose: { value: null, help: 'Shows all that the orchestrator logs, not only warnings.' },
  },
  examples: [
    'sagaline dev',
    'sagaline dev --database orders --database payments',
    'sagaline dev --definitions ./sagas.ts --port 4000 --json',
  ],
  run: async (call, terminal) => {
    const signal = terminal.interrupted()
    const files = await definitionFiles(call, terminal)
    const names = readDatabases(call)
    const port = await readPort(call, terminal)
    const parts = await startParts(terminal)
    try {
      await runOn(parts, { call, terminal, files, names, port, signal })
      return exitCodes.fine
    } finally {
      await parts.stop()
    }
  },
}

type Dev = {
  readonly call: Call
  readonly terminal: Terminal
  readonly files: readonly string[]
  readonly names: readonly string[]
  readonly port: number
  readonly signal: AbortSignal
}

async function runOn(parts: LocalParts, dev: Dev): Promise<void> {
  const { call, terminal, files, names } = dev
  const databaseUrl = await parts.createDatabase('sagaline')
  const databases: Record<string, string> = {}
  for (const name of names) databases[name] = await parts.createDatabase(name)
  const kafkaBrokers = parts.kafka.brokers.join(',')
  const { encryptionKeys } = terminal.config()
  const key = encryptionKeys === null ? { SAGALINE_ENCRYPTION_KEYS: secretKeyText() } : {}
  const servers = { KAFKA_BROKERS: kafkaBrokers, DATABASE_URL: databaseUrl, ...key }
  const orchestrator = createDevOrchestrator(dev, servers)
  try {
    const url = await orchestrator.start(files)
    const sagas = await sagasAt(url)
    const places: Places = { url, kafkaBrokers, databaseUrl, databases, sagas, files, ...key }
    tell(call, terminal, places, () => readyText(places, terminal))
    await stay(orchestrator, dev)
  } finally {
    await orchestrator.stop()
  }
}

function createDevOrchestrator(
  { call, terminal: { err, screen }, port }: Dev,
  servers: Readonly<Record<string, string>>,
): DevOrchestrator {
  return new DevOrchestrator({
    settings: {
      ...servers,
      DATABASE_PASSWORD_FILE: '',
      PORT: String(port),
      // A saga that was changed under its old version must not keep the others from going on.
      ALLOW_MISSING_DEFINITIONS: 'true',
      LOG_LEVEL: isFlagSet(call, 'verbose') ? 'info' : 'warn',
    },
    onLine: (line) => err(logLine(line, screen)),
    onEnded: (how) => err(`the orchestrator ended (${how}); a change of a file begins it again`),
  })
}

/** Until Ctrl-C. What does not come up after a change waits for the next one. */
async function stay(orchestrator: DevOrchestrator, dev: Dev): Promise<void> {
  const { call, terminal, files, signal } = dev
  const { clock, err } = terminal
  if (isFlagSet(call, 'no-watch')) return clock.wait(endlessMs, signal)
  const begin = async () => {
    const url = await orchestrator.restart(await definitionFiles(call, terminal))
    err(`again at ${url}: ${(await sagasAt(url)).join(', ')}`)
  }
  await watchFolder({ folder: process.cwd(), files, clock, signal }, async (changed) => {
    err(`${changed} has changed`)
    await begin().catch((error: Error) => err(`${error.message}\nwaiting for the next change`))
  })
}

/** Longer than anybody stays. */
const endlessMs = 2 ** 31 - 1

/** @throws LOCAL_PARTS_FAILED */
async function startParts(terminal: Terminal): Promise<LocalParts> {
  // An image for production has no local parts: they are loaded here only.
  const { startLocalParts } = await import('../../../local/local-parts.ts').catch((error) => {
    const problem = 'This installation has no local parts; the npm package and a checkout have'
    throw cliError('LOCAL_PARTS_FAILED', { problem }, error)
  })
  const paint = paintFor(terminal.screen)
  const report = (line: string) => terminal.err(paint('dim', line))
  return startLocalParts({ report }).catch((error: unknown) => {
    const problem = error instanceof Error ? error.message : String(error)
    throw cliError('LOCAL_PARTS_FAILED', { problem }, error)
  })
}

/** @throws CLI_USAGE for a port that is taken */
async function readPort(call: Call, terminal: Terminal): Promise<number> {
  const text = flagText(call, 'port')
  const port = Number(text ?? portDefault)
  if (text !== null && !(/^\d{1,5}$/.test(text) && port <= 65_535)) {
    throw usage('--port must be a port')
  }
  const found = await freePort(port)
  if (found === port || port === 0) return found
  if (text !== null) throw usage(`something listens on port ${port} already; try another --port`)
  terminal.err(`something listens on port ${port} already, so it is ${found}`)
  return found
}

/** @throws CLI_USAGE */
function readDatabases(call: Call): readonly string[] {
  const names = flagTexts(call, 'database')
  if (names.every((name) => /^[a-z][a-z0-9_]{0,40}$/.test(name) && name !== 'sagaline'))
    return names
  throw usage('--database must be a name of small letters, digits and _, other than sagaline')
}

async function sagasAt(url: string): Promise<readonly string[]> {
  const { items } = await createClient({ url }).call('list-definitions')
  return items.map(({ name, version }) => `${name}@${version}`)
}

type Places = {
  readonly url: string
  readonly kafkaBrokers: string
  readonly databaseUrl: string
  readonly databases: Readonly<Record<string, string>>
  readonly sagas: readonly string[]
  readonly files: readonly string[]
  readonly SAGALINE_ENCRYPTION_KEYS?: string
}

function readyText(places: Places, { screen }: Terminal): string {
  const paint = paintFor(screen)
  const { url, kafkaBrokers, databaseUrl, databases, sagas, files } = places
  const rows: readonly (readonly Cell[])[] = [
    ['  Dashboard', `${url}/`],
    ['  REST', `${url}/docs/`],
    ['  Sagas', `${sagas.join(', ')}  (${files.join(', ')})`],
    ['  Kafka', `KAFKA_BROKERS=${kafkaBrokers}`],
    ['  Postgres', `DATABASE_URL=${databaseUrl}`],
    ...Object.entries(databases).map(([name, at]) => [`  ${name}`, `DATABASE_URL=${at}`]),
  ]
  const key = places.SAGALINE_ENCRYPTION_KEYS
  const keyRow = key === undefined ? [] : [['  Key', `SAGALINE_ENCRYPTION_KEYS=${key}`]]
  const wide = { ...screen, columns: Number.POSITIVE_INFINITY }
  return [
    '',
    paint('bold', '  Sagaline is ready'),
    tableText([], [...rows, ...keyRow], wide),
    paint('dim', '  Ctrl-C ends it all and removes its data.'),
    '',
  ].join('\n')
}
