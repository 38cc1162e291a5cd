// What `npm run bench -- …` understands without a command: which engines, how many sagas in
// flight, for how long, and where the figures go.
import { parseArgs } from 'node:util'
import { type EngineKind, engineKinds, peerKinds } from './measurement.ts'

export type BenchArguments = {
  readonly engines: readonly EngineKind[]
  /** Sagas in flight, one measurement each. */
  readonly inFlight: readonly number[]
  readonly warmUpSeconds: number
  /** Timed seconds; longer from 256 in flight on unless given. */
  readonly seconds: number | null
  readonly orchestrators: number
  /** Where the figures go as JSON, and as a picture. */
  readonly json: string | null
  readonly plot: string | null
  readonly sketch: string | null
  /** One load for so long, with the memory over time, instead of the measurements. */
  readonly soakMinutes: number | null
}

export const usage = `npm run bench -- [COMMAND] [OPTIONS]

Runs the order saga in a closed loop over REST, C sagas in flight, everything on this machine, and
the floor: the same round trips to Kafka and commits of Postgres with nothing in between.

  --c LIST            sagas in flight, one measurement each (1,32,256)
  --seconds N         timed seconds of each (20; 30 from 256 in flight on)
  --warm-up N         untimed seconds before (5)
  --engine LIST       of ${engineKinds.join(', ')}
                      (sagaline,floor)
  --peers             adds the other engines; each is fetched when it is first measured
  --sketch FILE       adds a sketch of the hot path; ends with 1 when a ratio breaks its limit
  --orchestrators N   of Sagaline (1)
  --json FILE         writes the figures there as well
  --plot FILE         draws throughput and CPU there, as SVG
  --soak MINUTES      one load (the first of --c) for so long, with the memory over time

Commands, each with --help of its own:

  compare A B         two files of --json side by side
  grow                what a saga costs beside millions of others
  plan FILE           what a rate would need, by the figures of a file of --json
  poison              what records that nobody can handle cost the others
  restart             how long sagas stand still when the orchestrator is killed
  profile             flame graphs of the processes under load`

/** @throws Error with a sentence for the user. */
export function readArguments(given: readonly string[]): BenchArguments | 'help' {
  const { values } = parseArgs({
    args: [...given],
    options: {
      c: { type: 'string', default: '1,32,256' },
      seconds: { type: 'string' },
      'warm-up': { type: 'string', default: '5' },
      engine: { type: 'string', default: 'sagaline,floor' },
      peers: { type: 'boolean', default: false },
      sketch: { type: 'string' },
      orchestrators: { type: 'string', default: '1' },
      json: { type: 'string' },
      plot: { type: 'string' },
      soak: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return 'help'
  const asked = values.engine.split(',').map(engineNamed)
  const sketch: readonly EngineKind[] = values.sketch === undefined ? [] : ['sketch']
  return {
    engines: [...new Set([...asked, ...sketch, ...(values.peers ? peerKinds : [])])],
    inFlight: values.c.split(',').map((text) => whole('--c', text)),
    warmUpSeconds: whole('--warm-up', values['warm-up']),
    seconds: values.seconds === undefined ? null : whole('--seconds', values.seconds),
    orchestrators: whole('--orchestrators', values.orchestrators),
    json: values.json ?? null,
    plot: values.plot ?? null,
    sketch: values.sketch ?? null,
    soakMinutes: values.soak === undefined ? null : whole('--soak', values.soak),
  }
}

/** From this many in flight on, a timed window is longer unless it is given. */
const manyInFlight = 256

export function secondsOf({ seconds }: BenchArguments, inFlight: number): number {
  return seconds ?? (inFlight >= manyInFlight ? 30 : 20)
}

/** @throws Error with a sentence for the user. */
export function whole(name: string, text: string, max = 100_000): number {
  const number = Number(text)
  if (Number.isInteger(number) && number >= 1 && number <= max) return number
  throw new Error(`${name} takes whole numbers from 1 to ${max}, not '${text}'`)
}

function engineNamed(name: string): EngineKind {
  const kind = engineKinds.find((known) => known === name)
  if (kind !== undefined) return kind
  throw new Error(`--engine knows ${engineKinds.join(', ')}, not '${name}'`)
}
