// A statechart as ELK takes it: sizes, labels, and which ways are to be straight. Pure.
import type { ElkExtendedEdge, ElkNode, ElkPort } from 'elkjs/lib/elk-api.js'
import type { Chart } from './journey.ts'

export type Direction = 'RIGHT' | 'DOWN'

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
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
  'elk.layered.nodePlacement.favorStraightEdges': 'true',
  'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
})

export function graphOf(chart: Chart, direction: Direction): ElkNode {
  return {
    id: 'root',
    layoutOptions: options(direction),
    children: childrenOf(chart, null, direction),
    edges: chart.ways.flatMap((way, index) =>
      isDrawn(chart, way) ? edgeOf(chart, way, index) : [],
    ),
  }
}

type Way = Chart['ways'][number]

/** A way from the whole saga belongs to no state that is drawn. */
function isDrawn({ nodes }: Chart, { from, to }: Way): boolean {
  return nodes.some(({ id }) => id === from) && nodes.some(({ id }) => id === to)
}

type Size = { readonly width: number; readonly height: number }

const nodeSize = { width: 164, height: 74, end: 40 } as const

function childrenOf(chart: Chart, parent: string | null, direction: Direction): ElkNode[] {
  return chart.nodes
    .filter((node) => node.parent === parent)
    .map(({ id, kind, name }) => {
      const children = childrenOf(chart, id, direction)
      // ELK fails on a state with others inside that names its own size.
      if (children.length > 0) {
        const padding = { 'elk.padding': '[top=40,left=16,bottom=16,right=16]' }
        return { id, children, layoutOptions: padding }
      }
      const isEnd = kind === 'final'
      const width = isEnd ? Math.max(96, 8 * name.length + 36) : nodeSize.width
      const size = { width, height: isEnd ? nodeSize.end : nodeSize.height }
      const layoutOptions = { 'elk.portConstraints': 'FIXED_POS' }
      return { id, ...size, ports: portsOf(id, size, direction), layoutOptions }
    })
}

/** Against 0 of the others: what goes well stands in one line, and what goes wrong turns off. */
const mainPriority = { 'elk.layered.priority.straightness': '10' }

/**
 * Ways come in and go on in the middle of a side, so that those of one line meet; what goes wrong
 * leaves beside it. Left to ELK, each side is shared evenly, and every state stands a bit higher.
 */
function portsOf(id: string, { width, height }: Size, direction: Direction): ElkPort[] {
  const place = (part: number, isOut: boolean) =>
    direction === 'RIGHT'
      ? { x: isOut ? width : 0, y: part * height }
      : { x: part * width, y: isOut ? height : 0 }
  const [before, after] = direction === 'RIGHT' ? ['WEST', 'EAST'] : ['NORTH', 'SOUTH']
  const port = (name: string, part: number, side: string) => ({
    ...{ id: `${id} ${name}`, width: 0, height: 0, ...place(part, name !== 'in') },
    layoutOptions: { 'elk.port.side': side },
  })
  return [
    port('in', 0.5, before as string),
    port('out', 0.5, after as string),
    port('wrong', 0.8, after as string),
  ]
}

function edgeOf({ nodes }: Chart, way: Way, index: number): ElkExtendedEdge {
  const isMain = nodes.find(({ id }) => id === way.to)?.isFailure !== true
  const port = (id: string, name: string) =>
    nodes.some(({ parent }) => parent === id) ? id : `${id} ${name}`
  const text = wayLabel(way)
  return {
    id: String(index),
    sources: [port(way.from, isMain ? 'out' : 'wrong')],
    targets: [port(way.to, 'in')],
    labels: text === '' ? [] : [{ text, width: 6.4 * text.length + 12, height: 18 }],
    layoutOptions: isMain ? mainPriority : {},
  }
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
