// A collector of traces that an SDK exports to over HTTP, as OTLP has it in JSON: `POST /v1/traces`.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { awaitUntil } from '../system/await-until.ts'

type Value = { readonly stringValue?: string; readonly intValue?: number }

/** As it came over the wire. */
export type CollectedSpan = {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly { readonly key: string; readonly value: Value }[]
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[]
  readonly status: { readonly code: number; readonly message?: string }
}

type Exported = {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly {
      readonly scope: { readonly name: string }
      readonly spans: readonly CollectedSpan[]
    }[]
  }[]
}

/** With Sagaline's spans alone, in the order in which they came. */
export async function startCollector() {
  const spans: CollectedSpan[] = []
  const server = createServer(async (request, response) => {
    const body = (await json(request)) as Exported
    const scopes = body.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans)
    if (request.url === '/v1/traces') {
      spans.push(...scopes.flatMap(({ scope, spans }) => (scope.name === 'sagaline' ? spans : [])))
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  })
  server.listen(0, '127.0.0.1')
  await awaitUntil('the collector listens', () => server.listening)
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/v1/traces`,
    spans: spans as readonly CollectedSpan[],
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
