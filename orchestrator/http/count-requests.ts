// Counts the requests of REST and how long their answers take, by route: never by path, which has
// ids in it.
import type { FastifyInstance } from 'fastify'
import { type Metrics, secondsBuckets } from '../../messaging/metrics.ts'

/** Of requests that no route is for. */
const noRoute = 'none'

/** Must be called before the first route is added. */
export function countRequests(app: FastifyInstance, metrics: Metrics): void {
  const seconds = metrics.histogram({
    name: 'sagaline_http_request_seconds',
    help: 'From a request of REST to its answer; waits that were asked for count.',
    labels: ['method', 'route', 'status'],
    buckets: secondsBuckets,
  })
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? noRoute
    const labels = { method: request.method, route, status: reply.statusCode }
    seconds(labels, reply.elapsedTime / 1_000)
    done()
  })
}
