// The run as a picture: how many sagas ended in each second, and each fault as a bar over the time
// that it lasted, one row a family of faults.
import type { MadeFault } from './fault.ts'

export type Pictured = {
  readonly title: string
  readonly endedPerSecond: readonly number[]
  readonly faults: readonly MadeFault[]
}

const width = 1_200
const left = 110
const right = 20
const top = 44
const plotHeight = 260
const rowHeight = 18
const axisHeight = 34
const ticksMax = 12
const colours = ['#d9480f', '#1864ab', '#2b8a3e', '#862e9c', '#a61e4d', '#5f3dc4']
const missedColour = '#e03131'

export function drawPicture({ title, endedPerSecond, faults }: Pictured): string {
  const lengthMs = Math.max(1_000, endedPerSecond.length * 1_000, ...faults.map(({ toMs }) => toMs))
  const x = (ms: number) => round(left + (ms / lengthMs) * (width - left - right))
  const most = Math.max(1, ...endedPerSecond)
  const y = (count: number) => round(top + plotHeight - (count / most) * plotHeight)
  const families = [...new Set(faults.map(familyOf))].sort()
  const height = top + plotHeight + axisHeight + families.length * rowHeight + 12
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="${left}" y="24" font-size="15">${escaped(title)}</text>`,
    ...faults.map((fault) => shadeOf(fault, x, families)),
    `<path d="${areaOf(endedPerSecond, x, y)}" fill="#495057" fill-opacity="0.75"/>`,
    ...[0, 0.5, 1].map((share) => countLabel(Math.round(share * most), y)),
    ...timeLabels(lengthMs, x),
    ...families.map((family, at) => {
      const rowY = top + plotHeight + axisHeight + (at + 0.75) * rowHeight
      return `<text x="8" y="${rowY}" fill="${colourOf(at)}">${escaped(family)}</text>`
    }),
    ...faults.map((fault) => barOf(fault, x, families)),
    '</svg>',
    '',
  ].join('\n')
}

const singular: Readonly<Record<string, string>> = { brokers: 'broker', processes: 'process' }

/** `broker.killed` and `brokers.rolled` are of one family. */
function familyOf({ kind }: MadeFault): string {
  const first = kind.split('.')[0] ?? kind
  return singular[first] ?? first
}

function shadeOf(fault: MadeFault, x: (ms: number) => number, families: readonly string[]): string {
  const colour = colourOf(families.indexOf(familyOf(fault)))
  const { from, length } = span(fault, x)
  return `<rect x="${from}" y="${top}" width="${length}" height="${plotHeight}" fill="${colour}" fill-opacity="0.08"/>`
}

function barOf(fault: MadeFault, x: (ms: number) => number, families: readonly string[]): string {
  const at = families.indexOf(familyOf(fault))
  const colour = fault.seen === null ? missedColour : colourOf(at)
  const { from, length } = span(fault, x)
  const y = top + plotHeight + axisHeight + at * rowHeight + 4
  const told = `${fault.kind}: ${fault.seen ?? `did not happen: ${fault.problem}`}`
  return `<rect x="${from}" y="${y}" width="${length}" height="${rowHeight - 8}" fill="${colour}"><title>${escaped(told)}</title></rect>`
}

function span({ fromMs, toMs }: MadeFault, x: (ms: number) => number) {
  return { from: x(fromMs), length: round(Math.max(2, x(toMs) - x(fromMs))) }
}

function areaOf(
  counts: readonly number[],
  x: (ms: number) => number,
  y: (count: number) => number,
): string {
  const steps = counts.map((count, at) => `L${x(at * 1_000)} ${y(count)}H${x((at + 1) * 1_000)}`)
  return `M${x(0)} ${y(0)}${steps.join('')}V${y(0)}Z`
}

function countLabel(count: number, y: (count: number) => number): string {
  return `<text x="${left - 6}" y="${y(count) + 4}" text-anchor="end">${count} sagas/s</text>`
}

function timeLabels(lengthMs: number, x: (ms: number) => number): readonly string[] {
  const everyS = Math.max(1, Math.ceil(lengthMs / 1_000 / ticksMax / 10) * 10)
  const count = Math.floor(lengthMs / 1_000 / everyS)
  return Array.from({ length: count + 1 }, (_, at) => {
    const label = `${at * everyS} s`
    return `<text x="${x(at * everyS * 1_000)}" y="${top + plotHeight + 18}" text-anchor="middle">${label}</text>`
  })
}

function colourOf(at: number): string {
  return colours[at % colours.length] ?? '#000'
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
