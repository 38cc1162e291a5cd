// Where each state and way of a statechart is drawn: ELK computes it in a worker of its own, which is
// fetched only where something is drawn. A chart is laid out once.
import ELK, { type ElkExtendedEdge, type ElkNode } from 'elkjs/lib/elk-api.js'
import workerUrl from 'elkjs/lib/elk-worker.min.js?url'
import type { Chart } from './journey.ts'
import { type Direction, graphOf } from './layout-graph.ts'

export type Box = {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export type Route = {
  readonly points: readonly { readonly x: number; readonly y: number }[]
  readonly label: Box | null
}

export type Layout = {
  /** Relative to the state that it is inside of. */
  readonly boxes: ReadonlyMap<string, Box>
  /** By the place of the way in the chart. */
  readonly routes: ReadonlyMap<number, Route>
  readonly width: number
  readonly height: number
}

let elk: InstanceType<typeof ELK> | null = null
const known = new WeakMap<Chart, Map<Direction, Promise<Layout>>>()

export function layOut(chart: Chart, direction: Direction): Promise<Layout> {
  const ofChart = known.get(chart) ?? new Map<Direction, Promise<Layout>>()
  known.set(chart, ofChart)
  const before = ofChart.get(direction)
  if (before !== undefined) return before
  const layout = compute(chart, direction)
  ofChart.set(direction, layout)
  return layout
}

async function compute(chart: Chart, direction: Direction): Promise<Layout> {
  elk ??= new ELK({ workerFactory: () => new Worker(workerUrl) })
  const graph: ElkNode = await elk.layout(graphOf(chart, direction))
  const boxes = new Map<string, Box>()
  collect(graph, boxes)
  const routes = new Map((graph.edges ?? []).map((edge) => [Number(edge.id), routeOf(edge)]))
  return { boxes, routes, width: graph.width ?? 0, height: graph.height ?? 0 }
}

function collect(node: ElkNode, boxes: Map<string, Box>): void {
  for (const child of node.children ?? []) {
    const { id, x = 0, y = 0, width = 0, height = 0 } = child
    boxes.set(id, { x, y, width, height })
    collect(child, boxes)
  }
}

function routeOf({ sections = [], labels = [] }: ElkExtendedEdge): Route {
  const points = sections.flatMap(({ startPoint, bendPoints = [], endPoint }) => [
    startPoint,
    ...bendPoints,
    endPoint,
  ])
  const [label] = labels
  if (label === undefined) return { points, label: null }
  const { x = 0, y = 0, width = 0, height = 0 } = label
  return { points, label: { x, y, width, height } }
}
