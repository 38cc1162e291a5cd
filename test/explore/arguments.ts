// What `npm run explore` is asked for.
import { parseArgs } from 'node:util'
import { wholeNumber } from '../whole-number.ts'

export type Arguments = {
  /** Null for a fresh one. */
  readonly seed: number | null
  readonly runs: number
  /** The only run, by its number; null for all of them. */
  readonly run: number | null
}

const runsDefault = 1_000_000

/** @throws Error for what is no such option, or no whole number. */
export function readArguments(given: readonly string[]): Arguments {
  const { values } = parseArgs({
    options: { runs: { type: 'string' }, seed: { type: 'string' }, run: { type: 'string' } },
    args: given.filter((argument) => argument !== '--'),
  })
  return {
    seed: wholeNumber(values.seed, { name: 'seed', least: 0 }),
    runs: wholeNumber(values.runs, { name: 'runs', least: 1 }) ?? runsDefault,
    run: wholeNumber(values.run, { name: 'run', least: 0 }),
  }
}
