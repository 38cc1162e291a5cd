// What a command of `sagaline` is: its words, its flags, and what it does with them. One file a
// command, listed in `commands.ts`; `run-cli.ts` reads the words and calls it.
import type { Clock } from '../../messaging/clock.ts'
import { orchestratorError } from '../errors.ts'
import type { CliConfig } from './config.ts'

/**
 * How a call ends, for scripts: `fine`; `refused` when something was found or the command was
 * refused; `usage` when it was written wrongly; `unreachable` when there is no verdict, because
 * something is out of reach or broke.
 */
export const exitCodes = { fine: 0, refused: 1, usage: 2, unreachable: 3 } as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

export type Flag = {
  /** What stands for its value in the help, e.g. `URL`; null for a flag without a value. */
  readonly value: string | null
  readonly isRepeatable?: boolean
  readonly help: string
  /** All that it can be, for the shell's completion. */
  readonly choices?: readonly string[]
}

/** The flags as they were written; those that were not are left out. */
export type FlagValues = Readonly<Record<string, string | boolean | readonly string[] | undefined>>

export type Call = {
  readonly flags: FlagValues
  /** What follows the name of the command and is no flag. */
  readonly words: readonly string[]
}

/** What a command may touch beside databases and Kafka. */
export type Terminal = {
  /** Results, on standard output. */
  readonly out: (text: string) => void
  /** Progress and problems, on standard error. */
  readonly err: (text: string) => void
  readonly clock: Clock
  /** The settings of the environment. @throws CONFIG_INVALID */
  readonly config: () => CliConfig
  readonly screen: Screen
  /** All of standard input. */
  readonly input: () => Promise<string>
  /** Aborted by Ctrl-C, which from the first call on no longer ends the process by itself. */
  readonly interrupted: () => AbortSignal
}

/** What the person sees it on. */
export type Screen = {
  /** Standard output is a terminal that has colours, and nobody asked for none. */
  readonly isColoured: boolean
  /** Of standard output; without end where it is no terminal. */
  readonly columns: number
  /** Puts a line in the place of the last one on standard error; null where it is no terminal. */
  readonly redraw: ((line: string) => void) | null
}

export type Command = {
  /** One word or more: `audit`, `dlq list`. */
  readonly name: string
  readonly summary: string
  /** What it takes beside flags, for the help, e.g. `<id>…`; empty for nothing. */
  readonly takes: string
  readonly wordsMax: number
  readonly flags: Readonly<Record<string, Flag>>
  readonly examples: readonly string[]
  /** What the next word can be, for the shell's completion. */
  readonly choices?: WordChoices
  readonly run: (call: Call, terminal: Terminal) => Promise<ExitCode>
}

/** Commands that stand together in the help. */
export type CommandGroup = { readonly title: string; readonly commands: readonly Command[] }

/** `ids`: of sagas; `names`: of sagas that the orchestrator has; else these, by place. */
export type WordChoices = 'ids' | 'names' | readonly (readonly string[])[]

/** The value of a flag that is given at most once. */
export function flagText({ flags }: Call, name: string): string | null {
  const value = flags[name]
  return typeof value === 'string' ? value : null
}

/** The values of a flag that may come several times. */
export function flagTexts({ flags }: Call, name: string): readonly string[] {
  const value = flags[name]
  return Array.isArray(value) ? value : []
}

export function isFlagSet({ flags }: Call, name: string): boolean {
  return flags[name] === true
}

/** The call was written wrongly. */
export function usage(problem: string): Error {
  return orchestratorError('CLI_USAGE', { problem })
}

/** One JSON document with `--json`, else words. */
export function tell(call: Call, { out }: Terminal, document: unknown, text: () => string): void {
  out(isFlagSet(call, 'json') ? JSON.stringify(document) : text())
}

/** @throws CLI_USAGE */
export function readCount(call: Call, flag: string, { of, max }: CountLimits): number {
  const text = flagText(call, flag) ?? String(of)
  const count = Number(text)
  if (/^\d+$/.test(text) && count >= 1 && count <= max) return count
  throw usage(`--${flag} must be a whole number from 1 to ${max}`)
}

/** `of`: where it is not given. */
type CountLimits = { readonly of: number; readonly max: number }

/** @throws CLI_USAGE */
export function readJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw usage(`${what} must be JSON (${error.message})`)
  }
}
