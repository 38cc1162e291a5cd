// The table of commands, in the order of the help.
import { aclsCommand } from './acls/acls-command.ts'
import { archiveCommands } from './archive-commands.ts'
import { auditCommand } from './audit-command.ts'
import { benchCommand } from './bench-command.ts'
import { certifyCommand } from './certify/certify-command.ts'
import type { Command, CommandGroup } from './command.ts'
import { completionCommands } from './completion/completion-command.ts'
import { checkCommand } from './definitions/check-command.ts'
import { diagramCommand } from './definitions/diagram-command.ts'
import { devCommand } from './dev/dev-command.ts'
import { dlqCommands } from './dlq-commands.ts'
import { doctorCommand } from './doctor/doctor-command.ts'
import { eraseCommand } from './erase-command.ts'
import { faultCommands } from './fault-commands.ts'
import { migrateCommand } from './migrate-command.ts'
import { replayCommand } from './replay-command.ts'
import { retentionCommand } from './retention-command.ts'
import { bulkCommands } from './sagas/bulk-commands.ts'
import { countCommand, listCommand } from './sagas/list-command.ts'
import { logsCommand } from './sagas/logs-command.ts'
import { migrateSagasCommand } from './sagas/migrate-sagas-command.ts'
import { showCommand } from './sagas/show-command.ts'
import { signalCommand } from './sagas/signal-command.ts'
import { startCommand } from './sagas/start-command.ts'
import { tailCommand } from './sagas/tail-command.ts'
import { verbCommands } from './sagas/verb-commands.ts'

const all = (): readonly Command[] => commandGroups.flatMap(({ commands }) => commands)

export const commandGroups: readonly CommandGroup[] = [
  { title: 'Write sagas', commands: [devCommand, checkCommand, diagramCommand] },
  {
    title: 'Run and look',
    commands: [
      ...[startCommand, signalCommand, listCommand, countCommand],
      ...[showCommand, tailCommand, logsCommand],
    ],
  },
  { title: 'Steer', commands: [...verbCommands, ...bulkCommands, migrateSagasCommand] },
  {
    title: 'Operate',
    commands: [
      doctorCommand,
      migrateCommand,
      aclsCommand,
      auditCommand,
      replayCommand,
      retentionCommand,
      ...archiveCommands,
      eraseCommand,
      ...dlqCommands,
      benchCommand,
    ],
  },
  { title: 'Test', commands: [certifyCommand, ...faultCommands] },
  { title: 'Shell', commands: [...completionCommands(all)] },
]
