// `sagaline fault …`: the switch of a service that runs with FAULTS_ENABLED=true, over HTTP. It is no
// part of the orchestrator's REST, so the typed client does not know it, but asks in the same way.
import { send } from '../client/request.ts'
import {
  type Call,
  type Command,
  exitCodes,
  type Flag,
  flagText,
  readJson,
  type Terminal,
  tell,
  usage,
} from './command.ts'
import { fetchFrom } from './connection.ts'

const urlFlag: Readonly<Record<string, Flag>> = {
  url: { value: 'URL', help: 'Where the service tells its health, e.g. http://127.0.0.1:8081.' },
}

/** Each with the flag that it takes beside. */
const kinds: Readonly<Record<string, 'reason' | 'message' | 'ms' | null>> = {
  decline: 'reason',
  throw: 'message',
  'time-out': null,
  duplicate: null,
  delay: 'ms',
  'crash-before-commit': null,
  'crash-after-commit': null,
}

const setCommand: Command = {
  name: 'fault set',
  summary: 'The next commands of a service have this fault, in place of all that it had before.',
  takes: `<command> <${Object.keys(kinds).join('|')}>`,
  wordsMax: 2,
  flags: {
    ...urlFlag,
    times: { value: 'COUNT', help: 'How many commands have it; 1 unless given.' },
    step: { value: 'NAME', help: 'Only commands of this step.' },
    reason: { value: 'JSON', help: 'Of a decline, as the contract has it; null unless given.' },
    message: { value: 'TEXT', help: 'Of a throw.' },
    ms: { value: 'MS', help: 'Of a delay.' },
  },
  examples: [
    'sagaline fault set payments.take-payment decline --reason \'"amount-over-limit"\' --url http://127.0.0.1:8082',
    'sagaline fault set orders.create-order delay --ms 5000 --times 10 --url http://127.0.0.1:8081',
  ],
  run: (call, terminal) => {
    return ask(call, terminal, 'PUT', { body: { faults: [readFault(call)] } })
  },
}

const listCommand: Command = {
  name: 'fault list',
  summary: 'Lists the faults of a service: what is left of each, and how often it happened.',
  takes: '',
  wordsMax: 0,
  flags: urlFlag,
  examples: ['sagaline fault list --url http://127.0.0.1:8082'],
  run: (call, terminal) => ask(call, terminal, 'GET'),
}

const clearCommand: Command = {
  name: 'fault clear',
  summary: 'Takes all faults of a service away.',
  takes: '',
  wordsMax: 0,
  flags: urlFlag,
  examples: ['sagaline fault clear --url http://127.0.0.1:8082'],
  run: (call, terminal) => ask(call, terminal, 'DELETE'),
}

export const faultCommands: readonly Command[] = [setCommand, listCommand, clearCommand]

/** Whether it fits the service is for the service to say. @throws CLI_USAGE */
function readFault(call: Call): object {
  const [command, kind = ''] = call.words
  const own = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined
  if (command === undefined || own === undefined) {
    throw usage(`a command and one of ${Object.keys(kinds).join(', ')} must be named`)
  }
  for (const flag of ['reason', 'message', 'ms'] as const) {
    if (flag !== own && flagText(call, flag) !== null) throw usage(`${kind} takes no --${flag}`)
  }
  const [times, step] = [flagText(call, 'times'), flagText(call, 'step')]
  return {
    command,
    fault: { kind, ...detailOf(call, own) },
    ...(times !== null && { times: readCount('times', times) }),
    ...(step !== null && { step }),
  }
}

function detailOf(call: Call, own: 'reason' | 'message' | 'ms' | null): object {
  const text = own === null ? null : flagText(call, own)
  switch (own) {
    case 'reason':
      return { reason: text === null ? null : readJson(text, '--reason') }
    case 'message':
      return text === null ? {} : { message: text }
    case 'ms':
      return { ms: readCount('ms', text ?? '') }
    case null:
      return {}
  }
}

function readCount(flag: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw usage(`--${flag} must be a count from 1`)
}

type Planned = {
  readonly command: string
  readonly step: string | null
  readonly fault: { readonly kind: string }
  readonly left: number
  readonly hits: number
}

async function ask(call: Call, terminal: Terminal, method: string, body: { body?: object } = {}) {
  const url = flagText(call, 'url')
  if (url === null || !URL.canParse(url)) throw usage('--url must say where the service is')
  const response = await send({ url, fetch: fetchFrom(url) }, { method, path: '/faults' }, body)
  const answer = (await response.json()) as { readonly faults: readonly Planned[] }
  tell(call, terminal, answer, () => textOf(answer.faults))
  return exitCodes.fine
}

function textOf(faults: readonly Planned[]): string {
  if (faults.length === 0) return 'no faults'
  return faults
    .map(({ command, step, fault, left, hits }) => {
      const where = step === null ? command : `${command} of ${step}`
      return `${where}: ${fault.kind}, ${hits} so far, ${left} to come`
    })
    .join('\n')
}
