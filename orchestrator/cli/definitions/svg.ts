// A statechart as an SVG document of its own, light or dark as the reader has it.
import type { DrawnChart } from '../../definition/drawn-chart.ts'
import { type Box, type PlacedWay, type Point, placeChart } from './chart-layout.ts'

const style = `
  svg { --paper: #ffffff; --ink: #0f172a; --dim: #64748b; --line: #94a3b8; --box: #f8fafc;
    --good: #15803d; --back: #b45309; --pivot: #7c3aed; }
  @media (prefers-color-scheme: dark) { svg { --paper: #0b1120; --ink: #e2e8f0; --dim: #94a3b8;
    --line: #64748b; --box: #111c33; --good: #4ade80; --back: #fbbf24; --pivot: #a78bfa; } }
  text { font-family: ui-sans-serif, system-ui, sans-serif; fill: var(--ink); }
  .title { font-size: 13px; font-weight: 600; } .small { font-size: 11px; fill: var(--dim); }
  .label { font-size: 11px; fill: var(--dim); paint-order: stroke; stroke: var(--paper);
    stroke-width: 4px; }
  .box { fill: var(--box); stroke: var(--line); } .group { fill: none; stroke: var(--line);
    stroke-dasharray: 2 3; } .completed { stroke: var(--good); stroke-width: 2; }
  .failed { stroke: var(--back); stroke-width: 2; } .pivot { stroke: var(--pivot);
    stroke-width: 2.5; }
  .way { fill: none; stroke: var(--line); stroke-width: 1.5; } .refused { stroke: var(--back);
    stroke-dasharray: 5 4; } .timer { stroke-dasharray: 2 4; } .signal, .choice {
    stroke: var(--ink); } .tip { fill: var(--line); } .start { fill: var(--ink); }`

export function svgText(chart: DrawnChart): string {
  const { width, height, boxes, ways, start } = placeChart(chart)
  const [w, h] = [Math.ceil(width), Math.ceil(height)]
  const name = escaped(`${chart.name} version ${chart.version}`)
  const byDepth = boxes.toSorted((a, b) => a.depth - b.depth)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${w} ${h}" width="${w}" height="${h}" role="img">`,
    `<title>${name}</title>`,
    `<style>${style}\n</style>`,
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path class="tip" d="M0 0 8 4 0 8z"/></marker></defs>',
    `<rect width="${w}" height="${h}" fill="var(--paper)"/>`,
    ...byDepth.filter(isGroup).map(groupText),
    `<circle class="start" cx="${at(start.at.x)}" cy="${at(start.at.y)}" r="7"/>`,
    `<path class="way" d="${path(start.points)}" marker-end="url(#tip)"/>`,
    ...ways.map(wayText),
    ...byDepth.filter((box) => !isGroup(box)).map(boxText),
    ...ways.map(labelText),
    '</svg>',
    '',
  ].join('\n')
}

const isGroup = ({ state }: Box) => state.states.length > 0

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

const at = (value: number) => value.toFixed(1)

function frame({ x, y, width, height }: Box): string {
  const corner = `x="${at(x - width / 2)}" y="${at(y - height / 2)}"`
  return `${corner} width="${at(width)}" height="${at(height)}" rx="8"`
}

function groupText(box: Box): string {
  const [x, y] = [at(box.x - box.width / 2 + 10), at(box.y - box.height / 2 + 16)]
  const title = `<text class="small" x="${x}" y="${y}">${escaped(box.state.name)}</text>`
  return `<rect class="group" ${frame(box)}/>${title}`
}

function boxText(box: Box): string {
  const { state, x, y, height, lines } = box
  const isPivot = state.steps.some(({ kind }) => kind === 'pivot')
  const top = y - height / 2 + 23
  const texts = [
    `<text class="title" x="${at(x)}" y="${at(top)}" text-anchor="middle">${escaped(state.name)}</text>`,
    ...lines.map(
      (line, index) =>
        `<text class="small" x="${at(x)}" y="${at(top + 16 * (index + 1))}" text-anchor="middle">${escaped(line)}</text>`,
    ),
  ]
  return `<rect class="box ${isPivot ? 'pivot' : state.kind}" ${frame(box)}/>${texts.join('')}`
}

function wayText({ way, points }: PlacedWay): string {
  return `<path class="way ${way.kind}" d="${path(points)}" marker-end="url(#tip)"/>`
}

function labelText({ way, labelAt }: PlacedWay): string {
  if (labelAt === null) return ''
  const { x, y } = labelAt
  const text = escaped(way.label)
  return `<text class="label" x="${at(x)}" y="${at(y + 4)}" text-anchor="middle">${text}</text>`
}

/** Through the middles of its parts, so that corners are round. */
function path(points: readonly Point[]): string {
  const [first, ...rest] = points
  if (first === undefined) return ''
  const last = rest.at(-1) ?? first
  const curves = rest.slice(0, -1).map((point, index) => {
    const next = rest[index + 1] ?? point
    const isEnd = index === rest.length - 2
    const to = isEnd ? last : { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 }
    return `Q${at(point.x)} ${at(point.y)} ${at(to.x)} ${at(to.y)}`
  })
  const straight = curves.length === 0 ? [`L${at(last.x)} ${at(last.y)}`] : curves
  return `M${at(first.x)} ${at(first.y)}${straight.join('')}`
}
