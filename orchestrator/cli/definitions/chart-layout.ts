// Where each state and each way of a statechart stands on the page: by dagre, which lays out graphs
// in ranks. Groups get a frame around what is in them.
import { Graph, layout } from '@dagrejs/dagre'
import type { DrawnChart, DrawnState, DrawnWay } from '../../definition/drawn-chart.ts'
import { withInner } from './mermaid.ts'

export type Point = { readonly x: number; readonly y: number }

export type Box = Point & {
  readonly state: DrawnState
  readonly width: number
  readonly height: number
  readonly lines: readonly string[]
  readonly depth: number
}

export type PlacedWay = {
  readonly way: DrawnWay
  readonly points: readonly Point[]
  /** Where its label stands; null without one. */
  readonly labelAt: Point | null
}

export type PlacedChart = {
  readonly width: number
  readonly height: number
  readonly boxes: readonly Box[]
  readonly ways: readonly PlacedWay[]
  /** Where it begins, and the way from there. */
  readonly start: { readonly at: Point; readonly points: readonly Point[] }
}

/** Of the letters that the drawing uses, in pixels. */
const letterWidth = { title: 7.6, small: 6.4 }
const spacing = { nodesep: 36, ranksep: 54, marginx: 24, marginy: 24, edgesep: 18 }
const startId = ' start'

export function placeChart(chart: DrawnChart): PlacedChart {
  const graph = new Graph({ multigraph: true, compound: true })
  graph.setGraph({ rankdir: 'TB', ...spacing })
  graph.setDefaultEdgeLabel(() => ({}))
  const all = chart.states.flatMap(withInner)
  const byId = new Map(all.map((state) => [state.id, state]))
  graph.setNode(startId, { width: 14, height: 14 })
  for (const state of all) graph.setNode(state.id, sizeOf(state))
  for (const { id, states } of all) for (const inner of states) graph.setParent(inner.id, id)
  chart.ways.forEach((way, at) => {
    const width = way.label === '' ? 0 : way.label.length * letterWidth.small + 10
    const label = { width, height: way.label === '' ? 0 : 16, labelpos: 'c' as const }
    graph.setEdge(leafOf(byId, way.from, 'last'), leafOf(byId, way.to, 'first'), label, String(at))
  })
  graph.setEdge(startId, leafOf(byId, chart.initial, 'first'), {}, 'start')
  layout(graph)
  const depths = depthsOf(chart.states, 0)
  const boxes = all.map((state): Box => {
    const { x = 0, y = 0, width = 0, height = 0 } = graph.node(state.id) as Partial<Box>
    return { state, x, y, width, height, lines: linesOf(state), depth: depths.get(state.id) ?? 0 }
  })
  const ways = chart.ways.map((way, at) => {
    const ends = [leafOf(byId, way.from, 'last'), leafOf(byId, way.to, 'first')] as const
    const edge = graph.edge(ends[0], ends[1], String(at)) as EdgeAt
    return placeWay(way, edge, boxes)
  })
  const { width = 0, height = 0 } = graph.graph() as { readonly width?: number; height?: number }
  const first = graph.edge(startId, leafOf(byId, chart.initial, 'first'), 'start') as EdgeAt
  const points = toFrame(first.points ?? [], groupAt(boxes, chart.initial))
  return { width, height, boxes, ways, start: { at: graph.node(startId) as Point, points } }
}

/** Dagre has ways between states without states inside only: first or last one of a group. */
function leafOf(
  byId: ReadonlyMap<string, DrawnState>,
  id: string,
  which: 'first' | 'last',
): string {
  const state = byId.get(id)
  if (state === undefined || state.states.length === 0) return id
  const initial = which === 'first' ? state.initial : null
  const inner = which === 'first' ? state.states[0] : state.states.at(-1)
  return leafOf(byId, initial ?? inner?.id ?? id, which)
}

function depthsOf(states: readonly DrawnState[], depth: number): ReadonlyMap<string, number> {
  return new Map(
    states.flatMap((state): (readonly [string, number])[] => [
      [state.id, depth],
      ...depthsOf(state.states, depth + 1),
    ]),
  )
}

function linesOf({ steps, kind }: DrawnState): readonly string[] {
  if (kind === 'failed') return ['what was done is undone']
  return steps.flatMap(({ command, child, kind: step }) => [
    `${child === null ? command.name : `saga ${child.name}`}${step === 'pivot' ? ' (pivot)' : ''}`,
    ...(command.undo === null ? [] : [`undo: ${command.undo.name}`]),
  ])
}

function sizeOf(state: DrawnState): { readonly width: number; readonly height: number } {
  const lines = linesOf(state)
  const widest = Math.max(
    state.name.length * letterWidth.title,
    ...lines.map((line) => line.length * letterWidth.small),
  )
  return { width: Math.max(90, Math.round(widest + 28)), height: 36 + 16 * lines.length }
}

type EdgeAt = { readonly points?: readonly Point[]; readonly x?: number; readonly y?: number }

/** A way from or to a group ends at its frame. */
function placeWay(way: DrawnWay, edge: EdgeAt, boxes: readonly Box[]): PlacedWay {
  const outOf = cutAt(edge.points ?? [], groupAt(boxes, way.from))
  const points = toFrame(outOf, groupAt(boxes, way.to))
  const { x, y } = edge
  const isLabelled = way.label !== '' && x !== undefined && y !== undefined
  return { way, points, labelAt: isLabelled ? { x, y } : null }
}

function groupAt(boxes: readonly Box[], id: string): Box | null {
  return boxes.find(({ state }) => state.id === id && state.states.length > 0) ?? null
}

function toFrame(points: readonly Point[], frame: Box | null): readonly Point[] {
  return cutAt(points.toReversed(), frame).toReversed()
}

/** Without its beginning inside the frame. */
function cutAt(points: readonly Point[], frame: Box | null): readonly Point[] {
  if (frame === null) return points
  const isInside = ({ x, y }: Point) =>
    Math.abs(x - frame.x) < frame.width / 2 && Math.abs(y - frame.y) < frame.height / 2
  const first = points.findIndex((point) => !isInside(point))
  const [inside, outside] = [points[first - 1], points[first]]
  if (inside === undefined || outside === undefined) return points
  return [crossing(inside, outside, isInside), ...points.slice(first)]
}

/** Halvings until the frame is met to less than a pixel. */
const halvings = 12

function crossing(inside: Point, outside: Point, isInside: (point: Point) => boolean): Point {
  let [a, b] = [inside, outside]
  for (let tried = 0; tried < halvings; tried += 1) {
    const middle = { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }
    if (isInside(middle)) a = middle
    else b = middle
  }
  return b
}
