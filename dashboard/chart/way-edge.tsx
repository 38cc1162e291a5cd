// The ways between states, along the corners that the layout found, and the way back: curves in the
// colour of compensation, from each step to the one that is undone after it.
import { BaseEdge, type Edge, EdgeLabelRenderer, type EdgeProps } from '@xyflow/react'
import type { Route } from './layout.ts'

export type WayData = {
  readonly route: Route
  readonly label: string
  readonly isTaken: boolean
  readonly isFailing: boolean
}

export type WayFlowEdge = Edge<WayData, 'way'>

const cornerRadius = 8

export function WayEdge({ data, markerEnd }: EdgeProps<WayFlowEdge>) {
  if (data === undefined) return null
  const { route, label, isTaken, isFailing } = data
  const { label: box } = route
  return (
    <>
      <BaseEdge
        path={rounded(route.points)}
        className="way"
        data-taken={isTaken}
        data-failing={isFailing}
        {...(markerEnd !== undefined && { markerEnd })}
      />
      {box !== null && label !== '' && (
        <EdgeLabelRenderer>
          <span
            className="way-label"
            data-taken={isTaken}
            style={{ transform: `translate(${box.x}px, ${box.y}px)`, width: box.width }}
          >
            {label}
          </span>
        </EdgeLabelRenderer>
      )}
    </>
  )
}

type Point = { readonly x: number; readonly y: number }

/** Through all points, with each corner cut by an arc. */
function rounded(points: readonly Point[]): string {
  return points
    .map((point, index) => {
      const [before, after] = [points[index - 1], points[index + 1]]
      if (before === undefined) return `M ${point.x} ${point.y}`
      if (after === undefined) return `L ${point.x} ${point.y}`
      const from = towards(point, before)
      const to = towards(point, after)
      return `L ${from.x} ${from.y} Q ${point.x} ${point.y} ${to.x} ${to.y}`
    })
    .join(' ')
}

function towards(point: Point, other: Point): Point {
  const length = Math.hypot(other.x - point.x, other.y - point.y)
  const part = length === 0 ? 0 : Math.min(cornerRadius, length / 2) / length
  return { x: point.x + part * (other.x - point.x), y: point.y + part * (other.y - point.y) }
}

export type BackData = { readonly from: Point; readonly to: Point; readonly isSideways: boolean }
export type BackFlowEdge = Edge<BackData, 'back'>

const bow = 46

export function BackEdge({ data, markerEnd }: EdgeProps<BackFlowEdge>) {
  if (data === undefined) return null
  const { from, to, isSideways } = data
  const [dx, dy] = isSideways ? [bow, 0] : [0, bow]
  const path = `M ${from.x} ${from.y} C ${from.x + dx} ${from.y + dy} ${to.x + dx} ${to.y + dy} ${to.x} ${to.y}`
  return (
    <BaseEdge path={path} className="way-back" {...(markerEnd !== undefined && { markerEnd })} />
  )
}
