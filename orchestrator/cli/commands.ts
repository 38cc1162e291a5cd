// The table of commands, in the order of the help.
import { auditCommand } from './audit-command.ts'
import type { Command } from './command.ts'
import { dlqCommands } from './dlq-commands.ts'
import { faultCommands } from './fault-commands.ts'
import { replayCommand } from './replay-command.ts'

export const commands: readonly Command[] = [
  auditCommand,
  replayCommand,
  ...dlqCommands,
  ...faultCommands,
]
