// What `npm run bench -- …` understands.
import { parseArgs } from 'node:util'

export type BenchArguments = {
  /** Sagas in flight, one measurement each. */
  readonly inFlight: readonly number[]
  readonly warmUpSeconds: number
  /** Timed seconds; longer from 256 in flight on unless given. */
  readonly seconds: number | null
  /** Where the figures go as JSON. */
  readonly json: string | null
  /** A sketch to measure beside. */
  readonly sketch: string | null
  /** Percent of poison records to measure with; null measures as usual. */
  readonly poison: number | null
}

export const usage = `npm run bench -- [--c 1,32,256] [--seconds N] [--warm-up N] [--json FILE]
                   [--sketch FILE] [--poison PERCENT]

Runs the order saga in a closed loop over REST, C sagas in flight, everything on this machine.

  --c LIST        sagas in flight, one measurement each (1,32,256)
  --seconds N     timed seconds of each (20; 30 from 256 in flight on)
  --warm-up N     untimed seconds before (5)
  --json FILE     writes the figures there as well
  --sketch FILE   measures this throw-away sketch on the same Kafka and Postgres, for a ratio;
                  ends with 1 when a ratio breaks its limit
  --poison N      instead: the first of --c without and with N percent of poison records, in turn,
                  and the ratio; ends with 1 when it is below 0.9`

/** @throws Error with a sentence for the user. */
export function readArguments(given: readonly string[]): BenchArguments | 'help' {
  const { values } = parseArgs({
    args: [...given],
    options: {
      c: { type: 'string', default: '1,32,256' },
      seconds: { type: 'string' },
      'warm-up': { type: 'string', default: '5' },
      json: { type: 'string' },
      sketch: { type: 'string' },
      poison: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return 'help'
  return {
    inFlight: values.c.split(',').map((text) => whole('--c', text)),
    warmUpSeconds: whole('--warm-up', values['warm-up']),
    seconds: values.seconds === undefined ? null : whole('--seconds', values.seconds),
    json: values.json ?? null,
    sketch: values.sketch ?? null,
    poison: values.poison === undefined ? null : percent('--poison', values.poison),
  }
}

function percent(name: string, text: string): number {
  const number = whole(name, text)
  if (number < 100) return number
  throw new Error(`${name} takes a percentage below 100`)
}

function whole(name: string, text: string): number {
  const number = Number(text)
  if (Number.isInteger(number) && number >= 1 && number <= 100_000) return number
  throw new Error(`${name} takes whole numbers from 1 to 100000, not '${text}'`)
}
