// What each route asks of whoever calls it: a role, on which saga, under which limit, and whether
// it goes into the audit. A route that is not here cannot be added.
import type { Role } from './principal.ts'

/**
 * open: nobody needs to log in. any: the role on some saga; the route does what may be done. all: the role on
 * all sagas. name, id: on the saga of the path. body: on the saga that the body names.
 */
export type Scope = 'open' | 'any' | 'all' | 'name' | 'id' | 'body'

/** Which limit of requests it counts against. */
export type LimitName = 'starts' | 'verbs' | 'reads'

export type RouteAccess = {
  readonly scope: Scope
  readonly role: Role
  readonly limit: LimitName
  /** always: also where nobody logs in, though only what is said is known there. */
  readonly audit: 'no' | 'with-login' | 'always'
}

const read = (scope: Scope): RouteAccess => ({
  scope,
  role: 'viewer',
  limit: 'reads',
  audit: 'no',
})
const start: RouteAccess = { scope: 'name', role: 'operator', limit: 'starts', audit: 'no' }
const verb: RouteAccess = { scope: 'id', role: 'operator', limit: 'verbs', audit: 'always' }
// They may come as often as starts.
const signal: RouteAccess = { ...verb, limit: 'starts', audit: 'with-login' }

const table: Readonly<Record<string, RouteAccess>> = {
  'POST /sagas/:saga': start,
  'GET /sagas': read('any'),
  'GET /saga-counts': read('any'),
  'GET /stats': read('any'),
  'GET /vitals': read('any'),
  'GET /events': read('any'),
  'GET /sagas/:saga': read('id'),
  'GET /sagas/:saga/events': read('id'),
  'GET /sagas/:saga/history': read('id'),
  'GET /sagas/:saga/messages': read('id'),
  'GET /sagas/:saga/logs': read('id'),
  'GET /sagas/:saga/verbs': read('id'),
  'POST /sagas/:saga/retry': verb,
  'POST /sagas/:saga/skip': verb,
  'POST /sagas/:saga/cancel': verb,
  'POST /sagas/:saga/pause': verb,
  'POST /sagas/:saga/resume': verb,
  'POST /sagas/:saga/abandon': verb,
  'POST /sagas/:saga/terminate': verb,
  'POST /sagas/:saga/signals/:signal': signal,
  'POST /signals/:signal': { ...signal, scope: 'body' },
  'POST /bulk-jobs': { ...verb, scope: 'any' },
  'GET /bulk-jobs': read('any'),
  'GET /bulk-jobs/:job': read('any'),
  'GET /bulk-jobs/:job/items': read('any'),
  'POST /bulk-jobs/:job/cancel': { ...verb, scope: 'any' },
  // A queue shows the sagas of every name.
  'GET /locks': read('all'),
  // What is in a letter may be of any saga.
  'GET /dead-letters': read('all'),
  'GET /dead-letters/:letter': read('all'),
  'POST /dead-letters/:letter/edit': { ...verb, scope: 'all', role: 'admin' },
  'POST /dead-letters/:letter/replay': { ...verb, scope: 'all' },
  'POST /dead-letters/:letter/discard': { ...verb, scope: 'all' },
  'POST /dead-letters/replay': { ...verb, scope: 'all' },
  // Somebody may have sagas of every name.
  'POST /erasures': { ...verb, scope: 'all', role: 'admin' },
  'GET /definitions': read('any'),
  'GET /definitions/:saga/:version': read('name'),
  'POST /definitions/:saga/migrations': { ...verb, scope: 'name', role: 'admin' },
  'GET /links': read('any'),
  // In development: they are for commands of any saga.
  'GET /faults': read('any'),
  'POST /faults': { ...verb, scope: 'all', role: 'admin' },
  'POST /faults/clear': { ...verb, scope: 'all', role: 'admin' },
  'GET /health/live': read('open'),
  'GET /health/ready': read('open'),
  // Names of all sagas and steps are in it.
  'GET /metrics': read('all'),
  'GET /openapi.json': read('any'),
  'GET /': read('open'),
  'GET /dashboard': read('open'),
  'GET /dashboard/*': read('open'),
  'GET /docs/': read('open'),
  'GET /docs': read('open'),
  'GET /docs/json': read('open'),
  'GET /docs/yaml': read('open'),
  'GET /docs/static/*': read('open'),
  'GET /docs/static/index.html': read('open'),
  'GET /docs/static/swagger-initializer.js': read('open'),
}

/** Undefined for a route that has no entry. */
export function accessTo(method: string, url: string): RouteAccess | undefined {
  const route = `${method === 'HEAD' ? 'GET' : method} ${url}`
  return Object.hasOwn(table, route) ? table[route] : undefined
}
