// Routes that servers of an older version do not have: asked as they are documented, and null where
// the server knows nothing of them, so that a view can say so.
import type { ApiProblem } from '../../orchestrator/client/index.ts'
import type { SagaMoment, Stats, Vitals } from './late-answers.ts'
import { readKey } from './session.ts'

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
