// `npm run bench`: the order saga under load, and everything about its cost. Without a command it
// measures; `usage` in arguments.ts lists the commands.
import { readArguments, usage } from './arguments.ts'
import { compareCommand } from './compare-reports.ts'
import { growCommand } from './grow/grow-command.ts'
import { planCommand } from './plan/plan-command.ts'
import { poisonCommand } from './poison/poison-command.ts'
import { profileCommand } from './profile/profile-command.ts'
import { restartCommand } from './restart/restart-command.ts'
import { runEngines } from './run/run-engines.ts'
import { soak } from './run/soak.ts'

const commands: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = {
  compare: compareCommand,
  grow: growCommand,
  plan: planCommand,
  poison: poisonCommand,
  profile: profileCommand,
  restart: restartCommand,
}

try {
  process.exitCode = await run(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 2
}

async function run(args: readonly string[]): Promise<number> {
  const [name = '', ...rest] = args
  const command = commands[name]
  if (command !== undefined) return command(rest)
  if (name !== '' && !name.startsWith('-')) throw new Error(`no command '${name}'\n\n${usage}`)
  const given = readArguments(args)
  if (given === 'help') {
    console.log(usage)
    return 0
  }
  return given.soakMinutes === null ? runEngines(given) : soak(given, given.soakMinutes)
}
