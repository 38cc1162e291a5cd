// A flame graph as SVG from a .cpuprofile of Node: what was on the CPU, callers below their callees,
// as wide as it took. Called by profile-command.ts.
import { escaped } from '../svg-bars.ts'

export type CpuProfile = {
  readonly nodes: readonly ProfileNode[]
  /** Ids of nodes, one for each sample. */
  readonly samples: readonly number[]
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[]
}

type ProfileNode = {
  readonly id: number
  readonly callFrame: {
    readonly functionName: string
    readonly url: string
    readonly lineNumber: number
  }
  readonly children?: readonly number[]
}

/** A function in its place below its callers, with the time of all below it. */
export type Frame = { readonly name: string; readonly micros: number; readonly children: Frame[] }

const width = 1_200
const rowHeight = 15
/** Narrower ones are left out, with all below them. */
const widthMin = 1.5
const letterWidth = 6.4
const depthMax = 60

/** Idle time is left out; a function counts once where several of its nodes share a caller. */
export function frameOf(profile: CpuProfile): Frame {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]))
  const selfMicros = new Map<number, number>()
  profile.samples.forEach((id, at) => {
    selfMicros.set(id, (selfMicros.get(id) ?? 0) + (profile.timeDeltas[at] ?? 0))
  })
  const frame = (same: readonly ProfileNode[], name: string, depth: number): Frame => {
    const self = same.reduce((sum, { id }) => sum + (selfMicros.get(id) ?? 0), 0)
    const below = same.flatMap(({ children = [] }) => children.flatMap((id) => nodes.get(id) ?? []))
    const byName = Map.groupBy(below, nameOf)
    const children = [...byName]
      .filter(([childName]) => childName !== '(idle)' && depth < depthMax)
      .map(([childName, members]) => frame(members, childName, depth + 1))
      .toSorted((one, other) => other.micros - one.micros)
    const micros = children.reduce((sum, child) => sum + child.micros, self)
    return { name, micros, children }
  }
  const [root] = profile.nodes
  return frame(root === undefined ? [] : [root], 'all', 0)
}

function nameOf({ callFrame: { functionName, url, lineNumber } }: ProfileNode): string {
  const name = functionName === '' ? '(anonymous)' : functionName
  if (url === '') return name
  // From the package or the folder of ours on.
  const place = url.split('/node_modules/').at(-1)?.split('/').slice(-3).join('/') ?? url
  return `${name} ${place}:${lineNumber + 1}`
}

export function flameGraph(title: string, root: Frame): string {
  const depth = depthOf(root)
  const height = (depth + 2) * rowHeight + 10
  const rects: string[] = []
  const draw = (frame: Frame, x: number, level: number): void => {
    const frameWidth = (frame.micros / root.micros) * width
    if (!(frameWidth >= widthMin)) return
    rects.push(rectOf({ frame, x, y: height - (level + 1) * rowHeight, frameWidth, root }))
    let left = x
    for (const child of frame.children) {
      draw(child, left, level + 1)
      left += (child.micros / root.micros) * width
    }
  }
  draw(root, 0, 0)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="monospace" font-size="10">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="4" y="14" font-size="13">${escaped(title)}</text>`,
    ...rects,
    '</svg>\n',
  ].join('\n')
}

type Rect = {
  readonly frame: Frame
  readonly x: number
  readonly y: number
  readonly frameWidth: number
  readonly root: Frame
}

function rectOf({ frame, x, y, frameWidth, root }: Rect): string {
  const percent = ((100 * frame.micros) / root.micros).toFixed(1)
  const letters = Math.floor((frameWidth - 4) / letterWidth)
  const label = letters >= 3 ? frame.name.slice(0, letters) : ''
  const text =
    label === '' ? '' : `<text x="${x.toFixed(1)}" dx="2" y="${y + 11}">${escaped(label)}</text>`
  return `<g><title>${escaped(`${frame.name} (${percent} %)`)}</title><rect x="${x.toFixed(1)}" y="${y}" width="${frameWidth.toFixed(1)}" height="${rowHeight - 1}" fill="${colourOf(frame.name)}"/>${text}</g>`
}

/** Ours warm, packages and Node's own cool, the collector grey. */
function colourOf(name: string): string {
  if (/garbage|\(program\)/.test(name)) return '#bbb'
  if (/ (messaging|orchestrator|participant|services)\//.test(name)) return '#f4a259'
  if (/ .*\.(ts|mjs)\b/.test(name)) return '#f4c56a'
  return / /.test(name) ? '#8fb8de' : '#c9d6df'
}

/** Of what is wide enough to be drawn. */
function depthOf(root: Frame): number {
  const deepest = (frame: Frame): number =>
    (frame.micros / root.micros) * width < widthMin
      ? 0
      : 1 + Math.max(0, ...frame.children.map(deepest))
  return deepest(root)
}
