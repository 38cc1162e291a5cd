// `sagaline start`: begins a saga, and with `--wait` stays until it has ended.
import { readFile } from 'node:fs/promises'
import type { Api } from '../../client/index.ts'
import {
  type Call,
  type Command,
  type ExitCode,
  exitCodes,
  flagText,
  readJson,
  type Terminal,
  tell,
  usage,
} from '../command.ts'
import { connect, restFlags } from '../connection.ts'
import { cliError } from '../errors.ts'
import { plain, statusColour, tableText, valueText } from '../paint.ts'

type Started = Api['start-saga']['answer']
type Saga = Api['get-saga']['answer']

/** What REST waits for at the most. */
const waitSMax = 60

export const startCommand: Command = {
  name: 'start',
  summary: 'Starts a saga; with --wait it stays until the saga has ended.',
  takes: '<saga> [<input>]',
  wordsMax: 2,
  choices: 'names',
  flags: {
    file: { value: 'FILE', help: 'Takes the input from there; - is standard input.' },
    'idempotency-key': {
      value: 'KEY',
      help: 'The same key starts it once; a new one unless given.',
    },
    at: { value: 'TIME', help: 'Starts it then, an ISO time, instead of now.' },
    wait: {
      value: 'SECONDS',
      help: `Stays until its end, up to so long, ${waitSMax} at the most.`,
    },
    ...restFlags,
  },
  examples: [
    `sagaline start place-order '{"customer":"ada","cents":9000}' --wait 30`,
    'sagaline start place-order --file order.json --idempotency-key order-7',
    'echo \'{"parcel":"seven"}\' | sagaline start ship-parcel --file -',
  ],
  run: async (call, terminal) => {
    const saga = call.words[0]
    if (saga === undefined) throw usage('the name of a saga is missing')
    const body = await readInput(call, terminal)
    const waitS = readWait(call)
    const startAt = flagText(call, 'at')
    const started = await connect(call, terminal).call('start-saga', {
      path: { saga },
      query: startAt === null ? {} : { startAt },
      headers: {
        'idempotency-key': flagText(call, 'idempotency-key') ?? terminal.clock.newId(),
        ...(waitS !== null && { prefer: `wait=${waitS}` }),
      },
      body,
    })
    tell(call, terminal, started, () => startedText(started, terminal))
    return waitS === null ? exitCodes.fine : verdictOf(started, waitS)
  },
}

/** @throws CLI_USAGE */
async function readInput(call: Call, { input }: Terminal): Promise<unknown> {
  const [text, file] = [call.words[1], flagText(call, 'file')]
  if (text !== undefined && file !== null) throw usage('the input and --file exclude each other')
  if (text !== undefined) return readJson(text, 'the input')
  if (file === null) return {}
  const read = file === '-' ? input() : readFile(file, 'utf8')
  const found = await read.catch((error: NodeJS.ErrnoException) => {
    throw usage(`--file cannot be read: ${error.code}`)
  })
  return readJson(found, '--file')
}

/** @throws CLI_USAGE */
function readWait(call: Call): number | null {
  const text = flagText(call, 'wait')
  if (text === null) return null
  const seconds = Number(text)
  if (/^\d+$/.test(text) && seconds >= 1 && seconds <= waitSMax) return seconds
  throw usage(`--wait must be a whole number of seconds from 1 to ${waitSMax}`)
}

function startedText(started: Started, { screen }: Terminal): string {
  if (!('status' in started)) return `${started.id}${started.isNew ? '' : '  was there already'}`
  const { id, name, version, status } = started
  const row = [id, `${name}@${version}`, { text: status, colour: statusColour(status) }]
  return tableText([], [[...row, endText(started)]], screen)
}

function endText({ output, failure, stuck }: Saga): string {
  const trouble = stuck ?? failure
  if (trouble !== null) return plain(`${trouble.step ?? ''}: ${valueText(trouble.reason)}`)
  return valueText(output)
}

/** @throws TIME_IS_OVER when it has neither ended nor stands still. */
function verdictOf(started: Started, seconds: number): ExitCode {
  const status = 'status' in started ? started.status : 'running'
  if (status === 'completed') return exitCodes.fine
  const isOver = ['compensated', 'abandoned', 'terminated', 'stuck'].includes(status)
  if (isOver) return exitCodes.refused
  const look = `sagaline show ${started.id}`
  throw cliError('TIME_IS_OVER', { what: `The saga is still ${status}`, seconds, look })
}
