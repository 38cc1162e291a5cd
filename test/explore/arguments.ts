// What `npm run explore` is asked for.
import { parseArgs } from 'node:util'

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
    seed: toCount(values.seed, 'seed'),
    runs: toCount(values.runs, 'runs') ?? runsDefault,
    run: toCount(values.run, 'run'),
  }
}

function toCount(text: string | undefined, name: string): number | null {
  if (text === undefined) return null
  const count = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(count)) {
    throw new Error(`--${name} must be a whole number of at most ${Number.MAX_SAFE_INTEGER}`)
  }
  return count
}
