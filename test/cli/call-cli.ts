// The command line in this process, as a terminal would see it.
import { realClock } from '../../messaging/clock.ts'
import type { Command, CommandGroup, Terminal } from '../../orchestrator/cli/command.ts'
import { readCliConfig } from '../../orchestrator/cli/config.ts'
import { runCli } from '../../orchestrator/cli/run-cli.ts'

export type CliAnswer = { readonly code: number; readonly out: string; readonly err: string }

type Given = Partial<Pick<Terminal, 'screen' | 'clock' | 'input' | 'interrupted' | 'config'>> & {
  readonly commands?: readonly Command[]
  /** Told of each result as it comes. */
  readonly onOut?: (text: string) => void
}

const pipe = { isColoured: false, columns: Number.POSITIVE_INFINITY, redraw: null }

/** Like a pipe: no colours, no bars, nothing on standard input, and nobody interrupts. */
export async function callCli(words: readonly string[], given: Given = {}): Promise<CliAnswer> {
  const { commands, onOut, ...terminal } = given
  const out: string[] = []
  const err: string[] = []
  const groups: readonly CommandGroup[] | undefined = commands && [{ title: 'Commands', commands }]
  const code = await runCli(
    words,
    {
      out: (text) => {
        out.push(text)
        onOut?.(text)
      },
      err: (text) => void err.push(text),
      clock: realClock,
      config: readCliConfig,
      screen: pipe,
      input: async () => '',
      interrupted: () => new AbortController().signal,
      ...terminal,
    },
    groups,
  )
  return { code, out: out.join('\n'), err: err.join('\n') }
}
