// From the words of a command line to the command, and from what becomes of it to an exit code.
import { parseArgs } from 'node:util'
import { isTransientDbError } from '../../messaging/db.ts'
import { SagalineError } from '../../messaging/errors.ts'
import { ApiError } from '../client/index.ts'
import { orchestratorError } from '../errors.ts'
import {
  type Call,
  type Command,
  type CommandGroup,
  type ExitCode,
  exitCodes,
  type FlagValues,
  isFlagSet,
  type Terminal,
  usage,
} from './command.ts'
import { commandGroups } from './commands.ts'
import { commonFlags, helpOf, overview } from './help.ts'
import { mendOf } from './mends.ts'
import { nearest } from './nearest.ts'
import { packageVersion } from './package-version.ts'

/** Never throws: what goes wrong is said on standard error. */
export async function runCli(
  words: readonly string[],
  terminal: Terminal,
  groups: readonly CommandGroup[] = commandGroups,
): Promise<ExitCode> {
  const commands = groups.flatMap((group) => group.commands)
  try {
    const [first] = words
    if (first === '--version') {
      terminal.out(packageVersion())
      return exitCodes.fine
    }
    if (first === 'help' && words.length > 1) {
      return await runCli([...words.slice(1), '--help'], terminal, groups)
    }
    if (first === undefined || first === 'help' || first === '--help' || first === '-h') {
      terminal.out(overview(groups))
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
  const known = commands.map(({ name }) => name)
  const begun = known.filter((name) => name.startsWith(`${words[0]} `))
  if (begun.length > 0) throw usage(`'${words[0]}' needs another word: ${begun.join(', ')}`)
  const near = nearest(words.slice(0, 2).join(' '), known) ?? nearest(words[0] ?? '', known)
  const advice = near === null ? `there is ${known.join(', ')}` : `did you mean '${near}'?`
  throw usage(`there is no command '${words[0]}'; ${advice}`)
}

/** @throws CLI_USAGE for a flag or a word that the command does not take. */
function readCall(command: Command, args: readonly string[]): Call {
  const { values, positionals } = parse(command, args)
  if (positionals.length > command.wordsMax) {
    const stray = positionals[command.wordsMax]
    throw usage(`'${stray}' is one word too many; see sagaline ${command.name} --help`)
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
  const { err } = terminal
  if (error instanceof SagalineError || error instanceof ApiError) {
    const told = error instanceof ApiError ? error.message : `${error.code}: ${error.message}`
    err(told)
    const mend = mendOf(error.code)
    if (mend !== null) err(`  ${mend}`)
    if (usageCodes.has(error.code)) return exitCodes.usage
    return isRetryable(error) ? exitCodes.unreachable : exitCodes.refused
  }
  if (isTransientDbError(error)) {
    const { code, message } = orchestratorError('STORE_UNAVAILABLE')
    err(`${code}: ${message} ${(error as Error).message}`)
  } else err(error instanceof Error ? (error.stack ?? error.message) : String(error))
  return exitCodes.unreachable
}

function isRetryable(error: SagalineError | ApiError): boolean {
  if (error instanceof SagalineError) return error.retryable
  return error.status >= 500 || error.status === 429
}
