// Tells a platform's probes how a service is: /health/live while the process turns, /health/ready
// while it can handle commands. /metrics has its figures for Prometheus. Where faults are enabled it
// has their switch too, /faults, for this machine alone. What a service has to tell beside that it
// answers here as well. `serve.ts` starts and stops it.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { answerFaultRequest, type Faults, type Metrics } from '../../participant/index.ts'
import type { ServiceAnswer } from './service-parts.ts'

export type HealthOptions = {
  readonly host: string
  readonly port: number
  /** Why the service cannot handle commands, or null. */
  readonly problem: () => Promise<string | null>
  /** Null: there is no such path. */
  readonly faults: Faults | null
  readonly metrics: Metrics
  /** To GET of any other path; null: there is no such path. Never rejects. */
  readonly answer?: (url: URL) => Promise<ServiceAnswer | null>
}

/** Probes send no bodies and few headers; whoever is slower is no probe. */
const requestMsMax = 5_000

/** Of a request to the switch. */
const bodyBytesMax = 64 * 1024

export class HealthServer {
  readonly #options: HealthOptions
  readonly #server: Server
  #stopped: Promise<void> | null = null

  constructor(options: HealthOptions) {
    this.#options = options
    this.#server = createServer({ requestTimeout: requestMsMax }, (request, response) => {
      void this.#answer(request, response)
    })
  }

  start(): Promise<void> {
    const { host, port } = this.#options
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject).listen(port, host, resolve)
    })
  }

  /** Idempotent. */
  stop(): Promise<void> {
    this.#stopped ??= new Promise((resolve) => {
      this.#server.close(() => resolve())
      this.#server.closeAllConnections()
    })
    return this.#stopped
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { faults } = this.#options
    if (request.url === '/faults' && faults !== null) await answerFaults(faults, request, response)
    else if (request.url === '/metrics') await this.#answerMetrics(response)
    else if (request.url?.startsWith('/health/')) {
      response.writeHead(await this.#statusOf(request.url)).end()
    } else await this.#answerOther(request, response)
  }

  async #answerOther(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { answer = async () => null } = this.#options
    const url = request.method === 'GET' ? URL.parse(request.url ?? '', 'http://service') : null
    const answered = url === null ? null : await answer(url)
    if (answered === null) response.writeHead(404).end()
    else {
      response.writeHead(answered.status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(answered.body))
    }
  }

  async #answerMetrics(response: ServerResponse): Promise<void> {
    const page = await this.#options.metrics.page()
    if (page === null) response.writeHead(404).end()
    else response.writeHead(200, { 'content-type': page.contentType }).end(page.text)
  }

  /** The reason stays in the log: strangers may ask. */
  async #statusOf(url: string | undefined): Promise<number> {
    if (url === '/health/live') return 200
    if (url !== '/health/ready') return 404
    const problem = await this.#options.problem().catch(() => 'it cannot be told')
    return problem === null ? 200 : 503
  }
}

/** Whatever address health is told on, faults come from this machine, and from no page of a browser. */
async function answerFaults(
  faults: Faults,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = '', headers, socket } = request
  if (!isLoopback(socket.remoteAddress) || headers.origin !== undefined) {
    response.writeHead(403).end()
    return
  }
  const body = await readBody(request).catch(() => null)
  if (body === null) {
    response.writeHead(413, { connection: 'close' }).end()
    return
  }
  const answer = answerFaultRequest(faults, { method, body })
  response.writeHead(answer.status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(answer.body))
}

function isLoopback(address = ''): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address)
}

async function readBody(request: IncomingMessage): Promise<string | null> {
  let text = ''
  for await (const part of request.setEncoding('utf8')) {
    text += part
    if (text.length > bodyBytesMax) return null
  }
  return text
}
