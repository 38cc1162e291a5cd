// `sagaline certify`: whether a participant, in whatever language, keeps the protocol. Speaks Kafka
// alone, and SQL where the user gives some.
import { readFile } from 'node:fs/promises'
import { createCipher } from '../../../messaging/cipher.ts'
import type { CommandContract } from '../../../messaging/contract.ts'
import { certify } from '../../certify/certify.ts'
import { type Example, makeSamples } from '../../certify/samples.ts'
import { loadDefinitions } from '../../load-definitions.ts'
import { checkedUrl } from '../audit-flags.ts'
import {
  type Call,
  type Command,
  exitCodes,
  flagText,
  flagTexts,
  readCount,
  readJson,
  type Terminal,
  tell,
  usage,
} from '../command.ts'
import { definitionFiles, definitionFlags } from '../definitions/find-definitions.ts'
import { certificateJson, certificateText } from './certificate-text.ts'
import { type Asked, openWire } from './open-wire.ts'

/** Seconds for one answer. */
const wait = { of: 10, max: 300 }

export const certifyCommand: Command = {
  name: 'certify',
  summary: 'Shows that a participant in any language keeps the protocol, or its first breach.',
  takes: '',
  wordsMax: 0,
  flags: {
    commands: { value: 'TOPIC', help: 'The topic that the participant takes commands from.' },
    examples: {
      value: 'FILE',
      help: 'Payloads to send, as JSON: docs/participants.md has the form.',
    },
    ...definitionFlags,
    brokers: { value: 'HOST:PORT,…', help: 'Of Kafka; else KAFKA_BROKERS.' },
    database: { value: 'URL', help: 'Of the participant, for --sql.' },
    sql: { value: 'QUERY', help: 'Its rows show the effect of the saga $1; asked in every check.' },
    wait: { value: 'SECONDS', help: `For one answer, at most; else ${wait.of}.` },
  },
  examples: [
    'sagaline certify --commands payments.commands',
    'sagaline certify --commands payments.commands --examples payments.json --json',
    "sagaline certify --commands payments.commands --database postgres://db/payments --sql 'select status from payments where saga_id = $1'",
  ],
  run: async (call, terminal) => {
    const asked = readAsked(call, terminal)
    const examples = await readExamples(flagText(call, 'examples'))
    const cipher = createCipher(terminal.config().encryptionKeys ?? [])
    const contracts = await contractsOf(call, terminal, asked.commands, examples.length > 0)
    const samples = makeSamples({ contracts, examples, cipher })
    if (samples.length === 0) {
      throw usage(`no saga sends a command to ${asked.commands}, and there is no --examples`)
    }
    const { wire, close } = await openWire(asked, terminal)
    try {
      const certificate = await certify(wire, samples)
      tell(call, terminal, certificateJson(certificate), () =>
        certificateText(certificate, terminal.screen),
      )
      return certificate.breach === null ? exitCodes.fine : exitCodes.refused
    } finally {
      await close()
    }
  },
}

/** @throws CLI_USAGE */
function readAsked(call: Call, terminal: Terminal): Asked {
  const commands = flagText(call, 'commands')
  if (commands === null) throw usage('--commands must name the topic of the participant')
  const brokers = flagText(call, 'brokers')?.split(',') ?? terminal.config().kafkaBrokers
  if (brokers === null) throw usage('--brokers or KAFKA_BROKERS must say where Kafka is')
  const [database, sql] = [flagText(call, 'database'), flagText(call, 'sql')]
  if ((database === null) !== (sql === null)) throw usage('--database and --sql go together')
  return {
    ...{ commands, brokers, sql, waitMs: readCount(call, 'wait', wait) * 1_000 },
    databaseUrl: database === null ? null : checkedUrl(database, '--database'),
  }
}

/** Of the commands to the topic, without those that undo another. Where there are examples, sagas
 * are read only if they are named. */
async function contractsOf(
  call: Call,
  terminal: Terminal,
  topic: string,
  hasExamples: boolean,
): Promise<readonly CommandContract[]> {
  if (hasExamples && flagTexts(call, 'definitions').length === 0) return []
  const definitions = await loadDefinitions(await definitionFiles(call, terminal))
  const sent = definitions
    .flatMap(({ steps }) => [...steps.values()])
    .filter(({ command, child }) => child === null && command.topic === topic)
    .map(({ command }) => command)
  const undos = new Set(sent.map(({ undo }) => undo?.name))
  const byName = new Map(sent.map((contract) => [contract.name, contract]))
  return [...byName.values()].filter(({ name }) => !undos.has(name))
}

/** @throws CLI_USAGE */
async function readExamples(file: string | null): Promise<readonly Example[]> {
  if (file === null) return []
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw usage(`--examples cannot be read (${error.code})`)
  })
  const read = readJson(text, '--examples') as { readonly commands?: unknown } | null
  const commands = read?.commands
  const isNamed = (one: unknown) => typeof (one as Partial<Example> | null)?.name === 'string'
  if (Array.isArray(commands) && commands.length > 0 && commands.every(isNamed)) return commands
  throw usage(
    '--examples must be like {"commands":[{"name":"payments.take-payment","payload":{}}]}',
  )
}
