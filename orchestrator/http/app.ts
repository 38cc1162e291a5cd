// Puts the HTTP edge together: Fastify with its settings, the gate, the routes and the OpenAPI
// document. Called by the server when it starts, and by tests that need no socket.

import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify'
import Fastify from 'fastify'
import type { Clock } from '../../messaging/clock.ts'
import { Guard } from './access/guard.ts'
import { brokenRequestAnswerer } from './answer-broken-request.ts'
import { errorAnswerer } from './answer-error.ts'
import { limitEdge } from './answer-limit.ts'
import { writeAnswers } from './answer-writers.ts'
import { checkPart } from './check-part.ts'
import { countRequests } from './count-requests.ts'
import { addDashboard } from './dashboard-pages.ts'
import type { Edge } from './edge.ts'
import type { EndWaits } from './end-waits.ts'
import { addGate } from './gate.ts'
import type { HttpLimits } from './http-options.ts'
import { acceptOnlyJson } from './json-body.ts'
import type { EventStreams } from './live/event-streams.ts'
import { describeApi } from './openapi.ts'
import { addReferencePage } from './reference-page.ts'
import { routes } from './routes/routes.ts'
import { sharedSchemas } from './schemas/shared-schemas.ts'
import { addSecurityHeaders } from './security-headers.ts'
import { traceRequests } from './trace-requests.ts'

export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

/** A name of 200 characters as a path may spell it, each of them four bytes written `%00`. */
const pathPartLengthMax = 2_400

/** Node looks this often for requests that have not arrived in time. */
const timeoutCheckMs = 1_000

/** What outlives a request, and ends with the server. */
export type OpenRequests = { readonly waits: EndWaits; readonly streams: EventStreams }

/** `dashboard` is the folder of its files, where that is not the one that the build fills. */
export async function buildApp(
  edge: Edge,
  limits: HttpLimits,
  open: OpenRequests,
  dashboard?: string,
): Promise<App> {
  const limited = limitEdge(edge, limits.answerMsMax)
  const newRequestId = requestIds(edge.clock)
  const answerError = errorAnswerer(edge.log, limits)
  const app: App = Fastify({
    ...settings(limits),
    genReqId: newRequestId,
    clientErrorHandler: brokenRequestAnswerer(limits, newRequestId),
    frameworkErrors: answerError,
  }).withTypeProvider<TypeBoxTypeProvider>()
  app.server.maxConnections = limits.connectionsMax
  // Without a listener Node answers these itself, with nothing in it; the gate refuses them.
  app.server.on('checkExpectation', (...call) => app.server.emit('request', ...call))
  app.setErrorHandler(answerError)
  app.setValidatorCompiler(checkPart)
  app.setSerializerCompiler(writeAnswers)
  acceptOnlyJson(app)
  addSecurityHeaders(app)
  new Guard(limited, limits).addTo(app)
  countRequests(app, edge.metrics)
  traceRequests(app, edge.tracing)
  addGate(app, open.waits)
  for (const schema of sharedSchemas) app.addSchema(schema)
  await describeApi(app, edge.registry)
  await addReferencePage(app, { registry: edge.registry, isOpen: edge.logIn === null })
  await addDashboard(app, dashboard)
  for (const addRoute of routes) addRoute(app, { edge: limited, limits, ...open })
  await app.ready()
  return app
}

function settings(limits: HttpLimits) {
  return {
    logger: false,
    routerOptions: { maxParamLength: pathPartLengthMax },
    trustProxy: limits.trustedProxies.length === 0 ? false : [...limits.trustedProxies],
    bodyLimit: limits.bodyBytesMax,
    requestTimeout: limits.requestMsMax,
    // A request that waits for an end is silent, so silence must be allowed for as long.
    connectionTimeout: limits.waitMsMax + 2 * limits.answerMsMax,
    keepAliveTimeout: limits.idleMsMax,
    // The gate refuses with a problem document instead.
    return503OnClosing: false,
    http: {
      // The gate refuses a request without one, with a problem document.
      requireHostHeader: false,
      maxHeaderSize: limits.headerBytesMax,
      connectionsCheckingInterval: timeoutCheckMs,
      // While the one for headers is the longer one, as by default, Node lets bodies take as long.
      requestTimeout: limits.requestMsMax,
      headersTimeout: limits.requestMsMax,
    },
  } as const
}

/** Unique across processes, and cheap: one secret a process, then counting. */
function requestIds(clock: Clock): () => string {
  const prefix = clock.newSecret().slice(0, 13)
  let last = 0
  return () => {
    last += 1
    return `${prefix}-${last}`
  }
}
