/** Every route of the OpenAPI document: the least role that it takes, and on which sagas. */
import { expect } from 'vitest'
import type { OpenApi } from './documented.ts'

export type Least = 'open' | 'viewer' | 'operator' | 'admin'
/** own: a role on the saga in question is enough. all: it takes the role on every saga. */
export type Row = readonly [route: string, least: Least, on: 'own' | 'all']

export const rows: readonly Row[] = [
  ['POST /sagas/{saga}', 'operator', 'own'],
  ['GET /sagas', 'viewer', 'own'],
  ['GET /saga-counts', 'viewer', 'own'],
  ['GET /stats', 'viewer', 'own'],
  ['GET /vitals', 'viewer', 'own'],
  ['GET /events', 'viewer', 'own'],
  ['GET /sagas/{saga}/events', 'viewer', 'own'],
  ['POST /bulk-jobs', 'operator', 'own'],
  ['GET /bulk-jobs', 'viewer', 'own'],
  ['GET /bulk-jobs/{job}', 'viewer', 'own'],
  ['GET /bulk-jobs/{job}/items', 'viewer', 'own'],
  ['POST /bulk-jobs/{job}/cancel', 'operator', 'own'],
  ['GET /sagas/{saga}', 'viewer', 'own'],
  ['GET /sagas/{saga}/history', 'viewer', 'own'],
  ['GET /sagas/{saga}/messages', 'viewer', 'own'],
  ['GET /sagas/{saga}/logs', 'viewer', 'own'],
  ['GET /sagas/{saga}/verbs', 'viewer', 'own'],
  ['POST /sagas/{saga}/retry', 'operator', 'own'],
  ['POST /sagas/{saga}/skip', 'operator', 'own'],
  ['POST /sagas/{saga}/cancel', 'operator', 'own'],
  ['POST /sagas/{saga}/pause', 'operator', 'own'],
  ['POST /sagas/{saga}/resume', 'operator', 'own'],
  ['POST /sagas/{saga}/abandon', 'operator', 'own'],
  ['POST /sagas/{saga}/terminate', 'operator', 'own'],
  ['POST /sagas/{saga}/signals/{signal}', 'operator', 'own'],
  ['POST /signals/{signal}', 'operator', 'own'],
  ['GET /locks', 'viewer', 'all'],
  ['GET /dead-letters', 'viewer', 'all'],
  ['GET /dead-letters/{letter}', 'viewer', 'all'],
  ['POST /dead-letters/{letter}/edit', 'admin', 'all'],
  ['POST /dead-letters/{letter}/replay', 'operator', 'all'],
  ['POST /dead-letters/{letter}/discard', 'operator', 'all'],
  ['POST /dead-letters/replay', 'operator', 'all'],
  ['GET /definitions', 'viewer', 'own'],
  ['GET /definitions/{saga}/{version}', 'viewer', 'own'],
  ['POST /definitions/{saga}/migrations', 'admin', 'own'],
  ['GET /links', 'viewer', 'own'],
  ['GET /faults', 'viewer', 'own'],
  ['POST /faults', 'admin', 'all'],
  ['POST /faults/clear', 'admin', 'all'],
  ['POST /erasures', 'admin', 'all'],
  ['GET /health/live', 'open', 'all'],
  ['GET /health/ready', 'open', 'all'],
  ['GET /metrics', 'viewer', 'all'],
  ['GET /openapi.json', 'viewer', 'own'],
]

export const ranks = { open: 0, viewer: 1, operator: 2, admin: 3 } as const

/** A route without a row fails here. `starts`: the paths that each saga has of its own. */
export function expectAllRows(document: OpenApi, starts: readonly string[]): void {
  const routes = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
  )
  const known = [...rows.map(([route]) => route), ...starts.map((name) => `POST /sagas/${name}`)]
  expect(known.toSorted()).toEqual(routes.toSorted())
}
