// `npm run demo`: five orders on real Kafka and real Postgres, told to a person; with --full every
// other part too. Exit code 0 when all was as it must be, 1 when not, 2 for arguments that it does
// not know.
import { LocalPartsError } from '../../local/errors.ts'
import { realClock } from '../../orchestrator/index.ts'
import { demoConfig } from './config.ts'
import { runFull } from './full/run-full.ts'
import { createPaint } from './paint.ts'
import { type Arguments, readArguments, usage } from './read-arguments.ts'
import { runDemo } from './run-demo.ts'

/** What shells expect of a program that was ended by a signal. */
const signalCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

const say = (line: string) => process.stdout.write(`${line}\n`)
const report = (line: string) => process.stderr.write(`sagaline: ${line}\n`)

const given = readArguments(process.argv.slice(2))
if (given.type === 'run') process.exit(await run(given.way))
if (given.type === 'help') {
  say(usage)
} else {
  report(`${given.problem} It takes --keep, --full or --help.`)
  process.exitCode = 2
}

async function run(way: (Arguments & { type: 'run' })['way']): Promise<number> {
  const interruption = new AbortController()
  let signalCode = 1
  for (const [signal, code] of Object.entries(signalCodes)) {
    // A terminal sends Ctrl-C to everybody and npm passes it on, so a second one is no hurry.
    process.on(signal, () => {
      signalCode = code
      interruption.abort(new Error(signal))
    })
  }
  const { signal } = interruption
  const paint = createPaint(process.stdout.isTTY && !demoConfig.isPlain)
  try {
    const options = { signal, clock: realClock, paint, say, report }
    const run = way === 'full' ? runFull(options) : runDemo(options, way === 'kept')
    return (await run) ? 0 : 1
  } catch (error) {
    if (signal.aborted) {
      report('interrupted; everything is stopped')
      return signalCode
    }
    report(error instanceof LocalPartsError ? `${error.code}: ${error.message}` : reasonOf(error))
    return 1
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
