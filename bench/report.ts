// The figures as a table for people.
import { type Figure, judge } from './limits.ts'
import type { Measurement } from './measure.ts'
import type { SketchMeasurement } from './sketch.ts'

export function printTable(
  measured: readonly Measurement[],
  sketched: readonly SketchMeasurement[],
): void {
  console.log()
  for (const one of measured) {
    const sketch = sketched.find(({ inFlight }) => inFlight === one.inFlight)
    printOne(one, sketch)
  }
}

function printOne(one: Measurement, sketch: SketchMeasurement | undefined): void {
  const cpu = byKind(one.cpuPer1000, 2)
  console.log(`${one.inFlight} in flight`)
  const beside = (figure: Figure) => (sketch ? besideSketch(figure, one, sketch) : '')
  row('sagas/s', one.sagasPerSecond.toFixed(0) + beside('sagasPerSecond'))
  row('p50 ms', one.p50Ms.toFixed(1) + beside('p50Ms'))
  row('p99 ms', one.p99Ms.toFixed(1))
  const cpuAll = `${one.cpuPer1000All.toFixed(2)}  (${cpu})`
  row('CPU-s per 1,000', cpuAll + beside('cpuPer1000All'))
  row('memory MB (PSS)', byKind(one.pssMb, 0))
  if (one.failed > 0) row('failed', String(one.failed))
}

function row(name: string, text: string): void {
  console.log(`  ${name.padEnd(17)} ${text}`)
}

function besideSketch(figure: Figure, one: Measurement, sketch: SketchMeasurement): string {
  const { ratio, isWithin, limit } = judge(figure, one, sketch)
  const verdict = limit === null ? '' : `, ${isWithin ? 'within' : 'BREAKS'} the limit of ${limit}`
  return `   ${ratio.toFixed(2)} × the sketch (${sketch[figure].toFixed(2)})${verdict}`
}

function byKind(values: Readonly<Record<string, number>>, digits: number): string {
  return Object.entries(values)
    .map(([kind, value]) => `${kind} ${value.toFixed(digits)}`)
    .join(', ')
}
