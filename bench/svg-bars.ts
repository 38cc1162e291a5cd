// Horizontal bars as SVG, in groups, each bar made of parts with a colour of their own: enough to
// compare a dozen figures, and nothing to install.
import { figure } from './text-table.ts'

export type Bar = {
  readonly group: string
  readonly name: string
  /** In the order in which they are drawn. */
  readonly parts: Readonly<Record<string, number>>
}

export type Chart = { readonly height: number; readonly body: string }

const width = 860
const nameWidth = 130
const valueWidth = 80
const barHeight = 16
const rowHeight = 20
const groupGap = 30
const colours = [
  '#4e79a7',
  '#f28e2b',
  '#59a14f',
  '#e15759',
  '#76b7b2',
  '#edc948',
  '#b07aa1',
  '#9c755f',
  '#bab0ac',
  '#ff9da7',
  '#8cd17d',
  '#b6992d',
  '#d4a6c8',
  '#499894',
  '#79706e',
]

const legendWidth = 140
const legendsPerRow = Math.floor(width / legendWidth)

export function barChart({
  title,
  bars,
}: {
  readonly title: string
  readonly bars: readonly Bar[]
}): Chart {
  const kinds = [...new Set(bars.flatMap(({ parts }) => Object.keys(parts)))]
  const colourOf = (kind: string) => colours[kinds.indexOf(kind) % colours.length] ?? '#888'
  const lines = [text(0, 18, title, 'font-weight="bold"')]
  let y = 26
  if (kinds.length > 1) {
    lines.push(...kinds.map((kind, at) => legend(at, y, kind, colourOf(kind))))
    y += rowHeight * Math.ceil(kinds.length / legendsPerRow)
  }
  for (const group of new Set(bars.map((bar) => bar.group))) {
    const members = bars.filter((bar) => bar.group === group)
    const max = Math.max(...members.map(totalOf))
    lines.push(text(0, y + 16, group, 'fill="#555"'))
    y += groupGap - 6
    for (const bar of members) {
      lines.push(barLine(bar, { y, max, colourOf }))
      y += rowHeight
    }
    y += 6
  }
  return { height: y + 10, body: lines.join('\n') }
}

/** One picture of several charts, one below the other. */
export function svgOf(title: string, charts: readonly Chart[]): string {
  const height = charts.reduce((sum, chart) => sum + chart.height, 0)
  let y = 0
  const parts = charts.map((chart) => {
    const part = `<g transform="translate(10 ${y})">\n${chart.body}\n</g>`
    y += chart.height
    return part
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="12">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...parts,
    '</svg>\n',
  ].join('\n')
}

type Placing = {
  readonly y: number
  /** The longest bar of the group, which fills the width. */
  readonly max: number
  readonly colourOf: (kind: string) => string
}

function barLine(bar: Bar, { y, max, colourOf }: Placing): string {
  const scale = (width - nameWidth - valueWidth - 20) / (max || 1)
  let x = nameWidth
  const parts = Object.entries(bar.parts).map(([kind, value]) => {
    const length = value * scale
    const rect = `<rect x="${round(x)}" y="${y}" width="${round(length)}" height="${barHeight}" fill="${colourOf(kind)}"><title>${escaped(`${kind} ${figure(value)}`)}</title></rect>`
    x += length
    return rect
  })
  const name = text(nameWidth - 6, y + 12, bar.name, 'text-anchor="end"')
  return [name, ...parts, text(round(x) + 6, y + 12, figure(totalOf(bar)))].join('\n')
}

function legend(at: number, top: number, kind: string, colour: string): string {
  const x = (at % legendsPerRow) * legendWidth
  const y = top + rowHeight * Math.floor(at / legendsPerRow)
  return `<rect x="${x}" y="${y}" width="10" height="10" fill="${colour}"/>${text(x + 14, y + 9, kind)}`
}

function totalOf({ parts }: Bar): number {
  return Object.values(parts).reduce((sum, value) => sum + value, 0)
}

function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${x}" y="${y}" ${attributes}>${escaped(content)}</text>`
}

export function escaped(content: string): string {
  return content.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`)
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
