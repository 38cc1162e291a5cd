// The report of a run as text: a table for each load, and what stands behind its figures.
import { type Measurement, type Report, runOf } from '../measurement.ts'
import { byKind, figure, textTable } from '../text-table.ts'
import { type Figure, judge } from './limits.ts'

export function reportText(report: Report): string {
  const loads = [...new Set(report.runs.map(({ inFlight }) => inFlight))]
  const { cores, cpu, memoryGb, node, system } = report.machine
  return [
    `${cores} cores (${cpu}), ${memoryGb} GB, Node ${node}, ${system}`,
    ...loads.map((inFlight) => loadText(report.runs, inFlight)),
    ...Object.entries(report.missing).map(([engine, why]) => `${engine} was not measured: ${why}`),
    ...Object.entries(report.disagreements).map(
      ([engine, rows]) => `${engine}: ${rows} rows of its databases disagree`,
    ),
  ].join('\n\n')
}

function loadText(runs: readonly Measurement[], inFlight: number): string {
  const measured = runs.filter((one) => one.inFlight === inFlight)
  const head = ['', 'sagas/s', 'p50 ms', 'p99 ms', 'CPU-s per 1,000', 'failed']
  const rows = measured.map((one) => [
    one.engine,
    figure(one.sagasPerSecond),
    figure(one.p50Ms),
    figure(one.p99Ms),
    figure(one.cpuPer1000All),
    String(one.failed),
  ])
  return [
    `${inFlight} in flight`,
    textTable([head, ...rows]),
    ...measured.flatMap(detailLines),
    ...ratioLines(runs, inFlight),
  ].join('\n')
}

function detailLines(one: Measurement): readonly string[] {
  const { engine, cpuPer1000, pssMb, batches, perSaga } = one
  const line = (name: string, text: string) => `${engine}: ${name}: ${text}`
  const lines = [line('CPU', byKind(cpuPer1000)), line('memory MB (PSS)', byKind(pssMb))]
  if (Object.keys(batches).length > 0) lines.push(line('batches', byKind(batches)))
  if (perSaga === null) return lines
  const { commits, walSyncs, walBytes, walPages, buffers, kafkaRecords, kafkaBytes } = perSaga
  const postgres = `${figure(commits)} commits, ${figure(walSyncs)} WAL syncs, ${figure(walBytes)} bytes of WAL (${figure(walPages)} whole pages), ${figure(buffers)} buffers`
  const kafka =
    kafkaRecords === null ? '' : `; ${figure(kafkaRecords)} records, ${figure(kafkaBytes)} bytes`
  return [...lines, line('a saga', postgres + kafka)]
}

function ratioLines(runs: readonly Measurement[], inFlight: number): readonly string[] {
  const one = runOf(runs, 'sagaline', inFlight)
  const sketch = runOf(runs, 'sketch', inFlight)
  if (one === undefined) return []
  const floorLines = (['floor', 'floor-apart'] as const).map((kind) => {
    const floor = runOf(runs, kind, inFlight)
    return floor && besideFloor(one, floor)
  })
  const beside = (name: Figure, text: string) => sketch && besideSketch(name, text, one, sketch)
  const sketchLine = sketch && [
    'sagaline to the sketch:',
    `${beside('sagasPerSecond', 'sagas/s')},`,
    `${beside('p50Ms', 'p50')},`,
    beside('cpuPer1000All', 'CPU'),
  ]
  return [...floorLines, sketchLine].flatMap((line) => (line ? [line.join(' ')] : []))
}

function besideFloor(one: Measurement, floor: Measurement): readonly string[] {
  return [
    `sagaline to the ${floor.engine}:`,
    `${figure(one.sagasPerSecond / floor.sagasPerSecond)} × its sagas/s,`,
    `${figure(one.p50Ms / floor.p50Ms)} × its p50,`,
    `${figure(one.cpuPer1000All / floor.cpuPer1000All)} × its CPU`,
  ]
}

function besideSketch(name: Figure, text: string, one: Measurement, sketch: Measurement): string {
  const { ratio, isWithin, limit } = judge(name, one, sketch)
  const verdict = limit === null ? '' : ` (${isWithin ? 'within' : 'BREAKS'} the limit of ${limit})`
  return `${figure(ratio)} × its ${text}${verdict}`
}
