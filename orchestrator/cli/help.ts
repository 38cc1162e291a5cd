// The texts of `--help`, made of the table of commands.
import { type Command, type CommandGroup, exitCodes, type Flag } from './command.ts'

/** Flags that every command takes. */
export const commonFlags: Readonly<Record<string, Flag>> = {
  json: { value: null, help: 'Prints one JSON document, for programs.' },
  help: { value: null, help: 'Prints this.' },
}

/** By code, as docs/cli.md has them too. */
export const exitMeanings: readonly (readonly [code: number, meaning: string])[] = [
  [exitCodes.fine, 'all is well'],
  [exitCodes.refused, 'something was found, the command was refused, or a saga ended otherwise'],
  [exitCodes.usage, 'the command or a setting was written wrongly'],
  [exitCodes.unreachable, 'no verdict: something is out of reach, or broke'],
]

const exits = `Exit codes:\n${exitMeanings.map(([code, meaning]) => `  ${code}  ${meaning}`).join('\n')}`

export function overview(groups: readonly CommandGroup[]): string {
  const width = Math.max(
    ...groups.flatMap((group) => group.commands.map(({ name }) => name.length)),
  )
  const sections = groups.map(({ title, commands }) => {
    const rows = commands.map(({ name, summary }) => [name.padEnd(width), summary] as const)
    return `${title}:\n${table(rows)}`
  })
  return [
    'Usage: sagaline <command> [flags]',
    ...sections,
    '`sagaline <command> --help` tells the flags and gives examples; every command takes --json.',
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
