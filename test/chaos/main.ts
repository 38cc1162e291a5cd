// `npm run chaos -- --minutes N --seed N`: the order system on three brokers and Postgres, under
// load and faults. Ends with 1 when something was lost, a planned fault did not happen, or too few
// sagas ended; with 2 when it was called wrongly or the parts cannot be had.
import { parseArgs } from 'node:util'
import { LocalPartsError } from '../../local/errors.ts'
import { runChaos } from './run-chaos.ts'

const usualMinutes = 10
/** A shorter run has no room for faults. */
const minutesMin = 1
/** The promise: every saga has ended so long after the last fault. */
const drainMsMax = 60_000
/** 20,000 in ten minutes. */
const sagasPerMinuteMin = 2_000

class WrongCall extends Error {}

// What is put away at the exit of this process, as the small disk is, must be at a Ctrl-C as well.
process.once('SIGINT', () => process.exit(130))
process.once('SIGTERM', () => process.exit(143))

const { values } = parseArgs({
  options: { seed: { type: 'string' }, minutes: { type: 'string' } },
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
})

try {
  const seed = toNumber(values.seed, 'seed') ?? Date.now() % 2 ** 31
  const minutes = toNumber(values.minutes, 'minutes') ?? usualMinutes
  if (minutes < minutesMin) throw new WrongCall(`--minutes must be at least ${minutesMin}`)
  const print = (line: string) => console.info(line)
  print(`npm run chaos -- --seed ${seed} --minutes ${minutes}`)
  const violations = await runChaos({ seed, minutes, drainMsMax, sagasPerMinuteMin, print })
  process.exitCode = violations.length > 0 ? 1 : 0
} catch (error) {
  if (error instanceof LocalPartsError) console.error(`${error.code}: ${error.message}`)
  else if (error instanceof WrongCall) console.error(error.message)
  else throw error
  process.exitCode = 2
}

function toNumber(text: string | undefined, name: string): number | null {
  if (text === undefined) return null
  if (!/^\d{1,10}(\.\d+)?$/.test(text)) throw new WrongCall(`--${name} must be a number`)
  return Number(text)
}
