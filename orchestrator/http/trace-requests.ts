// A span for each request of REST, in the trace that the caller names; where other instrumentation has
// one already, that is the span. Without tracing it adds nothing to a request.
import type { FastifyInstance } from 'fastify'
import type { Span, Tracing } from '../../messaging/tracing.ts'

declare module 'fastify' {
  interface FastifyRequest {
    span: Span | null
    /** What goes on with the request is in this trace; null where nothing is traced. */
    traceparent: string | null
  }
}

/** Must be called before the first route is added. */
export function traceRequests(app: FastifyInstance, tracing: Tracing | null): void {
  app.decorateRequest('span', null)
  app.decorateRequest('traceparent', null)
  if (tracing === null) return
  app.addHook('onRequest', (request, _, done) => {
    request.traceparent = tracing.current()
    if (request.traceparent === null) {
      request.span = beginSpan(tracing, request)
      request.traceparent = request.span.traceparent
    }
    done()
  })
  app.addHook('preHandler', (request, _, done) => {
    if (request.span === null) done()
    else tracing.within(request.span, done)
  })
  app.addHook('onResponse', (request, reply, done) => {
    request.span?.end(reply.statusCode >= 500 ? `HTTP ${reply.statusCode}` : undefined)
    done()
  })
}

type Traceable = {
  readonly method: string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly routeOptions: { readonly url?: string | undefined }
}

/** By its route: a path has ids in it. */
function beginSpan(tracing: Tracing, { method, headers, routeOptions }: Traceable): Span {
  const { traceparent } = headers
  const route = routeOptions.url ?? 'none'
  return tracing.begin({
    name: `${method} ${route}`,
    kind: 'server',
    parent: typeof traceparent === 'string' ? traceparent : null,
    attributes: { 'http.request.method': method, 'http.route': route },
  })
}
