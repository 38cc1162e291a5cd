// The first look at every request, before its body is read: is anybody here, is there such a
// route, may the body be read at all.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { orchestratorError } from '../errors.ts'
import type { EndWaits } from './end-waits.ts'

type Path = { readonly pattern: RegExp; readonly methods: Set<string> }

/** Must be called before the first route is added. */
export function addGate(app: FastifyInstance, waits: EndWaits): void {
  const paths = new Map<string, Path>()
  app.addHook('onRoute', ({ url, method }) => {
    const path = paths.get(url) ?? { pattern: patternOf(url), methods: new Set() }
    for (const one of [method].flat()) path.methods.add(one)
    paths.set(url, path)
  })
  app.addHook('onRequest', (request, reply, done) => {
    if (request.is404) {
      const allowed = allowedAt(paths, request.url)
      if (allowed !== null) reply.header('allow', allowed)
      return done(notFound(request, allowed))
    }
    if (waits.isStopping && !request.url.startsWith('/health/')) {
      reply.header('connection', 'close')
      return done(orchestratorError('STOPPING'))
    }
    if (request.headers['content-encoding'] !== undefined) {
      return done(orchestratorError('MEDIA_TYPE_UNSUPPORTED'))
    }
    done()
  })
}

function patternOf(url: string): RegExp {
  return new RegExp(`^${url.replaceAll('.', '\\.').replace(/:\w+/g, '[^/]+').replace('*', '.+')}$`)
}

function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? url
}

function allowedAt(paths: ReadonlyMap<string, Path>, url: string): string | null {
  const methods = [...paths.values()]
    .filter(({ pattern }) => pattern.test(pathOf(url)))
    .flatMap((path) => [...path.methods])
  return methods.length === 0 ? null : methods.join(', ')
}

function notFound({ method, url }: FastifyRequest, allowed: string | null): Error {
  const path = pathOf(url)
  if (allowed === null) return orchestratorError('ROUTE_NOT_FOUND', { method, path })
  return orchestratorError('METHOD_NOT_ALLOWED', { path, allowed })
}
