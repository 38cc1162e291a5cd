// The report as a picture: throughput and CPU by sagas in flight, the CPU split by kind of process.
import type { Measurement, Report } from '../measurement.ts'
import { type Bar, barChart, svgOf } from '../svg-bars.ts'

export function plotReport(report: Report): string {
  const bars = (bar: (one: Measurement) => Pick<Bar, 'parts'>): readonly Bar[] =>
    report.runs.map((one) => ({
      group: `${one.inFlight} in flight`,
      name: one.engine,
      ...bar(one),
    }))
  return svgOf('Throughput and CPU by sagas in flight', [
    barChart({
      title: 'Sagas ended per second (more is better)',
      bars: bars((one) => ({ parts: { 'sagas/s': one.sagasPerSecond } })),
    }),
    barChart({
      title: 'CPU-seconds per 1,000 sagas, by kind of process (less is better)',
      bars: bars((one) => ({ parts: one.cpuPer1000 })),
    }),
  ])
}
