// What every route of the edge is: a function that adds itself to the app.
import type { App } from '../app.ts'
import type { Edge } from '../edge.ts'
import type { EndWaits } from '../end-waits.ts'
import type { HttpLimits } from '../http-options.ts'
import type { EventStreams } from '../live/event-streams.ts'

export type RouteParts = {
  readonly edge: Edge
  readonly limits: HttpLimits
  readonly waits: EndWaits
  readonly streams: EventStreams
}

export type AddRoute = (app: App, parts: RouteParts) => void
