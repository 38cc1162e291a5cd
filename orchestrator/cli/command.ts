// What a command of `sagaline` is: its words, its flags, and what it does with them. One file a
// command, listed in `commands.ts`; `run-cli.ts` reads the words and calls it.
import type { Clock } from '../../messaging/clock.ts'
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
  readonly run: (call: Call, terminal: Terminal) => Promise<ExitCode>
}

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
