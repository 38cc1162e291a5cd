// `npm run bench -- compare A.json B.json`: two reports side by side, each figure with how it
// changed. Figures of two runs on a busy machine differ by chance; CPU for 1,000 sagas least.
import { type Measurement, type Report, readReport, runOf } from './measurement.ts'
import { figure, textTable } from './text-table.ts'

const usage = 'npm run bench -- compare A.json B.json: two files of --json side by side'

const figures: readonly (readonly [string, (one: Measurement) => number | null])[] = [
  ['sagas/s', (one) => one.sagasPerSecond],
  ['p50 ms', (one) => one.p50Ms],
  ['p99 ms', (one) => one.p99Ms],
  ['CPU-s per 1,000', (one) => one.cpuPer1000All],
  ['memory MB', (one) => sum(one.pssMb)],
  ['WAL bytes a saga', (one) => one.perSaga?.walBytes ?? null],
  ['buffers a saga', (one) => one.perSaga?.buffers ?? null],
]

/** @throws Error with a sentence for the user. */
export async function compareCommand(args: readonly string[]): Promise<number> {
  const [a, b, ...rest] = args
  if (args.includes('--help')) {
    console.log(usage)
    return 0
  }
  if (a === undefined || b === undefined || rest.length > 0) throw new Error(usage)
  console.log(compareReports(await readReport(a), await readReport(b)))
  return 0
}

export function compareReports(a: Report, b: Report): string {
  const pairs = a.runs.flatMap((one) => {
    const other = runOf(b.runs, one.engine, one.inFlight)
    return other === undefined ? [] : [[one, other] as const]
  })
  if (pairs.length === 0) return 'The two have no measurement in common.'
  const text = pairs.map(([one, other]) => {
    const head = [`${one.engine}, ${one.inFlight} in flight`, 'A', 'B', 'B to A']
    const rows = figures.flatMap(([name, of]) => {
      const [before, after] = [of(one), of(other)]
      if (before === null || after === null) return []
      return [[name, figure(before), figure(after), change(before, after)]]
    })
    return textTable([head, ...rows])
  })
  return [...text, ...machineLines(a, b)].join('\n\n')
}

function change(before: number, after: number): string {
  const percent = (after / before - 1) * 100
  if (!Number.isFinite(percent)) return '-'
  return `${percent >= 0 ? '+' : ''}${percent.toFixed(1)} %`
}

function machineLines(a: Report, b: Report): readonly string[] {
  const isSame = JSON.stringify(a.machine) === JSON.stringify(b.machine)
  return isSame ? [] : ['They come from two machines: compare ratios within each, not figures.']
}

function sum(values: Readonly<Record<string, number>>): number {
  return Object.values(values).reduce((total, value) => total + value, 0)
}
