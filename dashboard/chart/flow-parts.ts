// Turns a chart with its layout and a saga's journey into what React Flow draws. Pure.
import { MarkerType } from '@xyflow/react'
import type { Definition, Mark } from './drawn-definition.ts'
import type { Chart, Journey } from './journey.ts'
import type { Box, Layout } from './layout.ts'
import { type Direction, wayLabel } from './layout-graph.ts'
import type { StateFlowNode } from './state-node.tsx'
import type { BackFlowEdge, WayFlowEdge } from './way-edge.tsx'
import { wayKey } from './way-taken.ts'

export type Drawn = {
  readonly definition: Definition
  readonly layout: Layout
  readonly direction: Direction
  readonly journey: Journey | null
  readonly marks: ReadonlyMap<string, Mark>
  readonly selected: string | null
  /** Where the saga turned back. */
  readonly failedStep: string | null
}

export function flowNodes({ definition, layout, journey, marks, selected }: Drawn) {
  const steps = new Map(definition.steps.map((step) => [step.name, step]))
  return definition.chart.nodes.flatMap((state): StateFlowNode[] => {
    const box = layout.boxes.get(state.id)
    if (box === undefined) return []
    const [first] = state.steps
    const step = first === undefined ? undefined : steps.get(first)
    return [
      {
        id: state.id,
        type: 'state',
        position: { x: box.x, y: box.y },
        width: box.width,
        height: box.height,
        ...(state.parent !== null && { parentId: state.parent }),
        data: {
          state,
          fate: journey?.fates.get(first ?? '') ?? null,
          isActive: journey?.active.has(state.id) ?? false,
          isVisited: journey?.visited.has(state.id) ?? false,
          command: step?.command ?? null,
          undo: step?.undo ?? null,
          kind: step?.kind ?? null,
          mark: marks.get(state.id) ?? null,
          isSelected: first !== undefined && first === selected,
        },
      },
    ]
  })
}

/** One way stands for several between the same states that say the same. */
export function wayEdges({ definition: { chart }, layout, journey }: Drawn): WayFlowEdge[] {
  return chart.ways.flatMap((way, index) => {
    const route = layout.routes.get(index)
    if (route === undefined) return []
    const isTaken = journey?.taken.has(wayKey(way)) ?? false
    const isFailing = way.kind === 'error'
    const colour = isTaken
      ? isFailing
        ? 'var(--back-line)'
        : 'var(--accent)'
      : 'var(--line-strong)'
    return [
      {
        id: `way ${index}`,
        type: 'way',
        source: way.from,
        target: way.to,
        zIndex: isTaken ? 3 : 1,
        markerEnd: { type: MarkerType.ArrowClosed, color: colour, width: 16, height: 16 },
        data: { route, label: wayLabel(way), isTaken, isFailing },
      },
    ]
  })
}

export function backEdges(drawn: Drawn): BackFlowEdge[] {
  const { definition, layout, direction, journey, failedStep } = drawn
  const undone = journey?.undone ?? []
  const order = failedStep === null || failedStep === undone[0] ? undone : [failedStep, ...undone]
  const isSideways = direction === 'DOWN'
  return order.flatMap((step, index) => {
    const before = order[index - 1]
    const [from, to] = [before, step].map((name) => stateOf(definition.chart, name))
    if (from === undefined || to === undefined || from === to) return []
    const ends = { from: edgeOf(layout, definition.chart, from, isSideways) }
    const end = edgeOf(layout, definition.chart, to, isSideways)
    return [
      {
        id: `back ${index}`,
        type: 'back',
        source: from,
        target: to,
        zIndex: 5,
        markerEnd: { type: MarkerType.ArrowClosed, color: 'var(--back-line)' },
        data: { ...ends, to: end, isSideways },
      },
    ]
  })
}

const stateOf = ({ nodes }: Chart, step: string | undefined) =>
  nodes.find(({ steps }) => step !== undefined && steps.includes(step))?.id

/** The middle of the side that the way back leaves from. */
function edgeOf(layout: Layout, chart: Chart, id: string, isSideways: boolean) {
  const box = absolute(layout, chart, id)
  return isSideways
    ? { x: box.x + box.width, y: box.y + box.height / 2 }
    : { x: box.x + box.width / 2, y: box.y + box.height }
}

function absolute(layout: Layout, chart: Chart, id: string): Box {
  const box = layout.boxes.get(id) ?? { x: 0, y: 0, width: 0, height: 0 }
  const parent = chart.nodes.find((node) => node.id === id)?.parent ?? null
  if (parent === null) return box
  const outer = absolute(layout, chart, parent)
  return { ...box, x: box.x + outer.x, y: box.y + outer.y }
}
