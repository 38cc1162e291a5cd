// The command line in this process, as a terminal would see it.
import { realClock } from '../../messaging/clock.ts'
import type { Command } from '../../orchestrator/cli/command.ts'
import { readCliConfig } from '../../orchestrator/cli/config.ts'
import { runCli } from '../../orchestrator/cli/run-cli.ts'

export type CliAnswer = { readonly code: number; readonly out: string; readonly err: string }

export async function callCli(
  words: readonly string[],
  commands?: readonly Command[],
): Promise<CliAnswer> {
  const out: string[] = []
  const err: string[] = []
  const terminal = {
    out: (text: string) => void out.push(text),
    err: (text: string) => void err.push(text),
    clock: realClock,
    config: readCliConfig,
  }
  const code = await runCli(words, terminal, commands)
  return { code, out: out.join('\n'), err: err.join('\n') }
}
