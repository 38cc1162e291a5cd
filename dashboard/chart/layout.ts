// Where each state and way of a statechart is drawn: ELK computes it in a worker of its own, which is
// fetched only where something is drawn. A chart is laid out once.
import ELK, { type ElkExtendedEdge, type ElkNode } from 'elkjs/lib/elk-api.js'
import workerUrl from 'elkjs/lib/elk-worker.min.js?url'
import type { Chart } from './journey.ts'

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

export type Direction = 'RIGHT' | 'DOWN'

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

const options = (direction: Direction) => ({
  'elk.algorithm': 'layered',
  'elk.direction': direction,
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.json.edgeCoords': 'ROOT',
  'elk.layered.spacing.nodeNodeBetweenLayers': '32',
  'elk.spacing.nodeNode': '28',
  'elk.spacing.edgeNode': '20',
  'elk.spacing.edgeEdge': '14',
  'elk.edgeLabels.inline': 'true',
  'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
})

async function compute(chart: Chart, direction: Direction): Promise<Layout> {
  elk ??= new ELK({ workerFactory: () => new Worker(workerUrl) })
  const graph: ElkNode = await elk.layout({
    id: 'root',
    layoutOptions: options(direction),
    children: childrenOf(chart, null),
    edges: chart.ways.flatMap((way, index) => (isDrawn(chart, way) ? edgeOf(way, index) : [])),
  })
  const boxes = new Map<string, Box>()
  collect(graph, boxes)
  const routes = new Map((graph.edges ?? []).map((edge) => [Number(edge.id), routeOf(edge)]))
  return { boxes, routes, width: graph.width ?? 0, height: graph.height ?? 0 }
}

type Way = Chart['ways'][number]

/** A way from the whole saga belongs to no state that is drawn. */
function isDrawn({ nodes }: Chart, { from, to }: Way): boolean {
  return nodes.some(({ id }) => id === from) && nodes.some(({ id }) => id === to)
}

export const nodeSize = { width: 164, height: 74, end: 40 } as const

function childrenOf(chart: Chart, parent: string | null): ElkNode[] {
  return chart.nodes
    .filter((node) => node.parent === parent)
    .map(({ id, kind, name }) => {
      const children = childrenOf(chart, id)
      // ELK fails on a state with others inside that names its own size.
      if (children.length > 0) {
        const padding = { 'elk.padding': '[top=40,left=16,bottom=16,right=16]' }
        return { id, children, layoutOptions: padding }
      }
      const isEnd = kind === 'final'
      const width = isEnd ? Math.max(96, 8 * name.length + 36) : nodeSize.width
      return { id, width, height: isEnd ? nodeSize.end : nodeSize.height }
    })
}

function edgeOf(way: Way, index: number): ElkExtendedEdge {
  const text = wayLabel(way)
  const labels = text === '' ? [] : [{ text, width: 6.4 * text.length + 12, height: 18 }]
  return { id: String(index), sources: [way.from], targets: [way.to], labels }
}

/** What lets a saga go this way, in a word or two; nothing where a step was done. */
export function wayLabel({ kind, name, afterMs, isGuarded }: Way): string {
  const guard = isGuarded ? ' if' : ''
  switch (kind) {
    case 'reply':
    case 'done':
      return guard.trim()
    // Its dashes say what it is.
    case 'error':
      return ''
    case 'always':
      return isGuarded ? 'if' : ''
    case 'signal':
      return `${name ?? 'signal'}${guard}`
    case 'timer':
      return afterMs === null ? `${name ?? 'timer'}` : `after ${shortLength(afterMs)}`
  }
}

function shortLength(ms: number): string {
  const sizes = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
    ['s', 1_000],
  ] as const
  const [unit, size] = sizes.find(([, one]) => ms >= one) ?? (['ms', 1] as const)
  return `${Math.round((10 * ms) / size) / 10} ${unit}`
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
