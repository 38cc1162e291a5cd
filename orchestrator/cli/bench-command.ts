// `sagaline bench`: starts sagas on a running orchestrator, a fixed number in flight, and measures
// how long each took to its end. It shows what an installation does with one's own sagas; how the
// engine compares with others is measured by `npm run bench` in a checkout.
import { readFile } from 'node:fs/promises'
import type { Client } from '../client/index.ts'
import {
  type Call,
  type Command,
  exitCodes,
  flagText,
  readCount,
  readJson,
  type Terminal,
  tell,
  usage,
} from './command.ts'
import { connect, restFlags } from './connection.ts'
import { type Cell, statusColour, tableText } from './paint.ts'
import { startProgress } from './progress.ts'

const limits = {
  count: { of: 1_000, max: 1_000_000 },
  inFlight: { of: 16, max: 1_000 },
}

/** A saga that takes longer counts as not ended. */
const waitS = 60

export const benchCommand: Command = {
  name: 'bench',
  summary: 'Starts many sagas on a running orchestrator, and measures how long they take.',
  takes: '<saga> [<input>]',
  wordsMax: 2,
  choices: 'names',
  flags: {
    file: { value: 'FILE', help: 'Takes the input from there.' },
    count: { value: 'COUNT', help: 'How many sagas; 1000 unless given.' },
    'in-flight': { value: 'COUNT', help: 'How many at the same time; 16 unless given.' },
    ...restFlags,
  },
  examples: [
    `sagaline bench place-order '{"customer":"ada","cents":9000}' --count 5000 --in-flight 64`,
    'sagaline bench ship-parcel --file parcel.json --json',
    `sagaline bench ship-parcel '{"parcel":"{n}"}'    # {n} is the number of the saga`,
  ],
  run: async (call, terminal) => {
    const saga = call.words[0]
    if (saga === undefined) throw usage('the name of a saga is missing')
    const input = await readTemplate(call)
    const count = readCount(call, 'count', limits.count)
    const inFlight = Math.min(count, readCount(call, 'in-flight', limits.inFlight))
    const client = connect(call, terminal)
    const run = { client, saga, input, count, inFlight }
    const figures = await measure(run, terminal)
    tell(call, terminal, figures, () => figuresText(figures, terminal))
    const isWhole = (figures.outcomes['completed'] ?? 0) === figures.sagas
    return isWhole ? exitCodes.fine : exitCodes.refused
  },
}

/** @throws CLI_USAGE unless it is JSON */
async function readTemplate(call: Call): Promise<string> {
  const [text, file] = [call.words[1], flagText(call, 'file')]
  if (text !== undefined && file !== null) throw usage('the input and --file exclude each other')
  const read = file === null ? (text ?? '{}') : await readFile(file, 'utf8').catch(() => null)
  if (read === null) throw usage('--file cannot be read')
  readJson(read, 'the input')
  return read
}

type Run = {
  readonly client: Client
  readonly saga: string
  readonly input: string
  readonly count: number
  readonly inFlight: number
}

export type Figures = {
  readonly sagas: number
  readonly inFlight: number
  readonly seconds: number
  readonly perSecond: number
  /** From the request to the answer that has its end, in ms. */
  readonly latencyMs: Readonly<Record<'p50' | 'p95' | 'p99' | 'max', number>>
  /** By the status at the end, or the code of a refusal. */
  readonly outcomes: Readonly<Record<string, number>>
}

/** Ctrl-C ends it early, with the figures so far. */
async function measure(run: Run, terminal: Terminal): Promise<Figures> {
  const { clock } = terminal
  const stop = terminal.interrupted()
  const progress = startProgress('ended', terminal)
  const took: number[] = []
  const outcomes: Record<string, number> = {}
  const beganAt = clock.monotonicMs()
  let next = 0
  const worker = async () => {
    while (next < run.count && !stop.aborted) {
      next += 1
      const at = clock.monotonicMs()
      const outcome = await startOne(run, next, clock.newId())
      const now = clock.monotonicMs()
      took.push(now - at)
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
      const seconds = Math.max(now - beganAt, 1) / 1_000
      progress.tell(took.length, run.count, `${Math.round(took.length / seconds)} sagas/s`)
    }
  }
  try {
    await Promise.all(Array.from({ length: run.inFlight }, worker))
  } finally {
    progress.end()
  }
  const seconds = (clock.monotonicMs() - beganAt) / 1_000
  const { inFlight } = run
  const perSecond = round(took.length / seconds)
  return {
    ...{ sagas: took.length, inFlight, seconds: round(seconds), perSecond },
    latencyMs: percentiles(took.sort((a, b) => a - b)),
    outcomes,
  }
}

/** A refusal is an outcome; what is out of reach ends the measurement. */
async function startOne({ client, saga, input }: Run, n: number, key: string): Promise<string> {
  const body: unknown = JSON.parse(input.replaceAll('{n}', String(n)))
  const headers = { 'idempotency-key': key, prefer: `wait=${waitS}` }
  const ask = { path: { saga }, headers, body }
  const started = await client.call('start-saga', ask).catch((error: Error) => {
    const { code, status } = error as { readonly code?: string; readonly status?: number }
    if (code === undefined || code === 'REST_UNREACHABLE' || status === 404) throw error
    return { status: code }
  })
  return 'status' in started ? started.status : 'not ended'
}

function percentiles(sorted: readonly number[]): Figures['latencyMs'] {
  const at = (share: number) => {
    const index = Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)
    return round(sorted[Math.max(0, index)] ?? 0)
  }
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) }
}

const round = (value: number) => Math.round(value * 10) / 10

function figuresText(figures: Figures, { screen }: Terminal): string {
  const { sagas, inFlight, seconds, perSecond, latencyMs, outcomes } = figures
  const { p50, p95, p99, max } = latencyMs
  const ends = Object.entries(outcomes).map(([outcome, count]): readonly Cell[] => [
    { text: outcome, colour: statusColour(outcome) },
    String(count),
  ])
  return [
    `${sagas} sagas in ${seconds} s, ${inFlight} in flight: ${perSecond} sagas/s`,
    `latency p50 ${p50} ms, p95 ${p95} ms, p99 ${p99} ms, max ${max} ms`,
    tableText([], ends, screen),
  ].join('\n')
}
