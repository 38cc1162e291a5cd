// From the words of a command line to the command, and from what becomes of it to an exit code.
import { parseArgs } from 'node:util'
import { isTransientDbError } from '../../messaging/db.ts'
import { SagalineError } from '../../messaging/errors.ts'
import { orchestratorError } from '../errors.ts'
import {
  type Call,
  type Command,
  type ExitCode,
  exitCodes,
  type FlagValues,
  isFlagSet,
  type Terminal,
} from './command.ts'
import { commands as allCommands } from './commands.ts'
import { commonFlags, helpOf, overview } from './help.ts'

/** Never throws: what goes wrong is said on standard error. */
export async function runCli(
  words: readonly string[],
  terminal: Terminal,
  commands: readonly Command[] = allCommands,
): Promise<ExitCode> {
  try {
    const [first] = words
    if (first === undefined || first === 'help' || first === '--help' || first === '-h') {
      terminal.out(overview(commands))
      return first === undefined ? exitCodes.usage : exitCodes.fine
    }
    const command = findCommand(commands, words)
    const call = readCall(command, words.slice(command.name.split(' ').length))
    if (isFlagSet(call, 'help')) {
      terminal.out(helpOf(command))
      return exitCodes.fine
    }
    return await command.run(call, terminal)
  } catch (error) {
    return tellFailure(error, terminal)
  }
}

/** The longest name that the words begin with. */
function findCommand(commands: readonly Command[], words: readonly string[]): Command {
  const fits = ({ name }: Command) => name.split(' ').every((word, index) => word === words[index])
  const [found] = commands.filter(fits).sort((a, b) => b.name.length - a.name.length)
  if (found !== undefined) return found
  const known = commands.map(({ name }) => name).join(', ')
  throw orchestratorError('CLI_USAGE', {
    problem: `there is no command '${words[0]}'; there is ${known}`,
  })
}

/** @throws CLI_USAGE for a flag or a word that the command does not take. */
function readCall(command: Command, args: readonly string[]): Call {
  const { values, positionals } = parse(command, args)
  if (positionals.length > command.wordsMax) {
    const stray = positionals[command.wordsMax]
    throw orchestratorError('CLI_USAGE', { problem: `'${stray}' is one word too many` })
  }
  return { flags: values as FlagValues, words: positionals }
}

function parse(command: Command, args: readonly string[]) {
  const entries = Object.entries({ ...command.flags, ...commonFlags }).map(([name, flag]) => {
    const type = flag.value === null ? ('boolean' as const) : ('string' as const)
    const short = name === 'help' ? { short: 'h' } : {}
    return [name, { type, multiple: flag.isRepeatable === true, ...short }]
  })
  const options = Object.fromEntries(entries)
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (error) {
    // Node's own words, without its advice on words that begin with a dash.
    const problem = (error instanceof Error ? error.message : String(error)).split('. ')[0]
    const hint = `see sagaline ${command.name} --help`
    throw orchestratorError('CLI_USAGE', { problem: `${problem}; ${hint}` }, error)
  }
}

const usageCodes: ReadonlySet<string> = new Set(['CLI_USAGE', 'CONFIG_INVALID'])

function tellFailure(error: unknown, terminal: Terminal): ExitCode {
  if (error instanceof SagalineError) {
    terminal.err(`${error.code}: ${error.message}`)
    if (usageCodes.has(error.code)) return exitCodes.usage
    return error.retryable ? exitCodes.unreachable : exitCodes.refused
  }
  if (isTransientDbError(error)) {
    const { code, message } = orchestratorError('STORE_UNAVAILABLE')
    terminal.err(`${code}: ${message} ${(error as Error).message}`)
  } else terminal.err(error instanceof Error ? (error.stack ?? error.message) : String(error))
  return exitCodes.unreachable
}
