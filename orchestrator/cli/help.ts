// The texts of `--help`, made of the table of commands.
import type { Command, Flag } from './command.ts'

/** Flags that every command takes. */
export const commonFlags: Readonly<Record<string, Flag>> = {
  json: { value: null, help: 'Prints one JSON document, for programs.' },
  help: { value: null, help: 'Prints this.' },
}

const exits = `Exit codes: 0 all is well; 1 something was found, or the command was refused; 2 it was
written wrongly; 3 there is no verdict: something is out of reach, or broke.`

export function overview(commands: readonly Command[]): string {
  const rows = commands.map(({ name, summary }) => [name, summary] as const)
  return [
    'Usage: sagaline <command> [flags]',
    table(rows),
    '`sagaline <command> --help` tells the flags and gives examples.',
    exits,
  ].join('\n\n')
}

export function helpOf({ name, takes, summary, flags, examples }: Command): string {
  const all = Object.entries({ ...flags, ...commonFlags })
  const rows = all.map(([flag, { value, isRepeatable, help }]) => {
    const shown = value === null ? `--${flag}` : `--${flag} ${value}`
    return [`${shown}${isRepeatable === true ? ' …' : ''}`, help] as const
  })
  return [
    `Usage: sagaline ${name}${takes === '' ? '' : ` ${takes}`} [flags]`,
    summary,
    table(rows),
    `Examples:\n${examples.map((example) => `  ${example}`).join('\n')}`,
    exits,
  ].join('\n\n')
}

function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join('\n')
}
