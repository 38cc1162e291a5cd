// The statechart of a saga as a diagram. It is a picture with a description for who cannot see it;
// everything in it is also in the tables beside it.
import '@xyflow/react/dist/base.css'
import { useQuery } from '@tanstack/react-query'
import { ReactFlow, ReactFlowProvider, useReactFlow } from '@xyflow/react'
import { useEffect, useMemo, useRef, useState } from 'react'
import { Icon, type IconName } from '../parts/icons.tsx'
import { Failed, Loading } from '../parts/states.tsx'
import type { Definition, Mark } from './drawn-definition.ts'
import { backEdges, flowNodes, wayEdges } from './flow-parts.ts'
import type { Journey } from './journey.ts'
import { layOut } from './layout.ts'
import type { Direction } from './layout-graph.ts'
import { StateNode } from './state-node.tsx'
import { BackEdge, WayEdge } from './way-edge.tsx'

const nodeTypes = { state: StateNode }
const edgeTypes = { way: WayEdge, back: BackEdge }
/** Narrower than this, a saga is drawn from top to bottom. */
const wideMin = 620
/** The buttons stand on the right. */
const padding = { left: '4%', right: '64px', y: '8%' } as const
const fit = { padding, maxZoom: 1.1, minZoom: 0.35 } as const

export type ChartProps = {
  readonly definition: Definition
  readonly journey?: Journey | null
  readonly marks?: ReadonlyMap<string, Mark>
  readonly selected?: string | null
  readonly failedStep?: string | null
  readonly onSelect?: (step: string) => void
}

const noMarks: ReadonlyMap<string, Mark> = new Map()

export function ChartView(props: ChartProps) {
  const { definition } = props
  const [box, direction] = useDirection()
  const layout = useQuery({
    queryKey: ['layout', definition.name, definition.version, definition.hash, direction],
    queryFn: () => layOut(definition.chart, direction ?? 'RIGHT'),
    enabled: direction !== null,
    staleTime: Number.POSITIVE_INFINITY,
  })
  return (
    <div className="chart" ref={box}>
      {layout.error !== null && (
        <Failed error={layout.error} onRetry={() => void layout.refetch()} />
      )}
      {layout.data === undefined || direction === null ? (
        layout.error === null && <Loading lines={3} />
      ) : (
        <ReactFlowProvider>
          <Flow {...props} layout={layout.data} direction={direction} />
        </ReactFlowProvider>
      )}
    </div>
  )
}

function Flow({
  definition,
  layout,
  direction,
  journey = null,
  marks = noMarks,
  selected = null,
  failedStep = null,
  onSelect,
}: ChartProps & {
  readonly layout: Awaited<ReturnType<typeof layOut>>
  readonly direction: Direction
}) {
  const drawn = useMemo(
    () => ({ definition, layout, direction, journey, marks, selected, failedStep }),
    [definition, layout, direction, journey, marks, selected, failedStep],
  )
  const nodes = useMemo(() => flowNodes(drawn), [drawn])
  const edges = useMemo(() => [...wayEdges(drawn), ...backEdges(drawn)], [drawn])
  return (
    <>
      <figure className="chart-picture" aria-label={description(definition, journey)}>
        <ReactFlow
          nodes={nodes}
          edges={edges}
          nodeTypes={nodeTypes}
          edgeTypes={edgeTypes}
          fitView
          fitViewOptions={fit}
          minZoom={0.2}
          maxZoom={1.6}
          nodesDraggable={false}
          nodesConnectable={false}
          nodesFocusable={false}
          edgesFocusable={false}
          elementsSelectable={onSelect !== undefined}
          zoomOnScroll={false}
          preventScrolling={false}
          proOptions={{ hideAttribution: false }}
          onNodeClick={(_, { data }) => {
            const [step] = data.state.steps
            if (step !== undefined) onSelect?.(step)
          }}
        />
      </figure>
      <ZoomButtons shape={`${definition.hash} ${direction}`} />
    </>
  )
}

function ZoomButtons({ shape }: { readonly shape: string }) {
  const { zoomIn, zoomOut, fitView } = useReactFlow()
  useEffect(() => {
    if (shape !== '') void fitView(fit)
  }, [fitView, shape])
  const buttons: readonly [IconName, string, () => void][] = [
    ['plus', 'Zoom in', () => void zoomIn()],
    ['minus', 'Zoom out', () => void zoomOut()],
    ['fit', 'Show all of it', () => void fitView(fit)],
  ]
  return (
    <div className="zoom">
      {buttons.map(([icon, label, act]) => (
        <button key={label} type="button" className="button icon small" onClick={act}>
          <span className="unseen">{label}</span>
          <Icon name={icon} size={14} />
        </button>
      ))}
    </div>
  )
}

function useDirection() {
  const box = useRef<HTMLDivElement>(null)
  const [direction, setDirection] = useState<Direction | null>(null)
  useEffect(() => {
    const { current } = box
    if (current === null) return
    const look = () => setDirection(current.clientWidth < wideMin ? 'DOWN' : 'RIGHT')
    const observer = new ResizeObserver(look)
    observer.observe(current)
    look()
    return () => observer.disconnect()
  }, [])
  return [box, direction] as const
}

function description({ name, version, chart }: Definition, journey: Journey | null): string {
  const states = chart.nodes.map((node) => node.name).join(', ')
  const active = chart.nodes.filter(({ id }) => journey?.active.has(id)).map((node) => node.name)
  const at = active.length === 0 ? '' : ` It is in ${active.join(', ')}.`
  return `Statechart of ${name} version ${version} with the states ${states}.${at}`
}
