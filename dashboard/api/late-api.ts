// Routes that servers of an older version do not have: asked as they are documented, and null where
// the server knows nothing of them, so that a view can say so.
import { type ApiProblem } from '../../orchestrator/client/index.ts'
import { readKey } from './session.ts'

export type StatsItem = {
  /** The beginning of its window. */
  readonly at: string
  readonly name: string
  /** Null for the saga as a whole. */
  readonly step: string | null
  readonly started: number
  readonly completed: number
  readonly compensated: number
  readonly failed: number
  readonly stuck: number
  readonly retries: number
  readonly count: number
  readonly p50Ms: number | null
  readonly p99Ms: number | null
}

export type Stats = {
  /** The length of a window. */
  readonly windowS: number
  readonly lagMs: number | null
  readonly items: readonly StatsItem[]
}

export type Vitals = {
  /** Records by topic. */
  readonly consumerLag: Readonly<Record<string, number>>
  readonly outboxAgeMs: number | null
  readonly publishBatches: number
  readonly oldestSaga: {
    readonly id: string
    readonly name: string
    readonly startedAt: string
  } | null
  readonly inFlight: Readonly<Record<string, number>>
}

/** A saga as it was after one of its history entries, with its context. */
export type SagaMoment = { readonly state: unknown; readonly context?: unknown }

type StatsAsk = { readonly from: string; readonly to: string; readonly name?: string }

export const fetchStats = (ask: StatsAsk): Promise<Stats | null> =>
  get<Stats>(`/stats?${new URLSearchParams(ask)}`)

export const fetchVitals = (): Promise<Vitals | null> => get<Vitals>('/vitals')

export const fetchMoment = (id: string, seq: number): Promise<SagaMoment | null> =>
  get<SagaMoment>(`/sagas/${encodeURIComponent(id)}?at=${seq}`)

/** Codes by which a server says that it does not know a route, or a part of it. */
const unknownCodes = new Set(['ROUTE_NOT_FOUND', 'REQUEST_INVALID', 'QUERY_INVALID'])

async function get<Answer>(path: string): Promise<Answer | null> {
  const key = readKey()
  const headers: Record<string, string> = key === null ? {} : { authorization: `Bearer ${key}` }
  const response = await fetch(path, { headers })
  if (response.ok) return (await response.json()) as Answer
  const problem = (await response.json().catch(() => null)) as ApiProblem | null
  if (response.status === 404 || unknownCodes.has(problem?.code ?? '')) return null
  throw new Error(problem?.detail ?? `The server answered ${response.status}.`)
}
