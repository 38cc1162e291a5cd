// Tells a platform's probes how a service is: /health/live while the process turns, /health/ready
// while it can handle commands. `serve.ts` starts and stops it.
import { createServer, type Server } from 'node:http'

export type HealthOptions = {
  readonly host: string
  readonly port: number
  /** Why the service cannot handle commands, or null. */
  readonly problem: () => Promise<string | null>
}

/** Probes send no bodies and few headers; whoever is slower is no probe. */
const requestMsMax = 5_000

export class HealthServer {
  readonly #options: HealthOptions
  readonly #server: Server
  #stopped: Promise<void> | null = null

  constructor(options: HealthOptions) {
    this.#options = options
    this.#server = createServer({ requestTimeout: requestMsMax }, (request, response) => {
      void this.#statusOf(request.url).then((status) => {
        response.writeHead(status).end()
      })
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

  /** The reason stays in the log: strangers may ask. */
  async #statusOf(url: string | undefined): Promise<number> {
    if (url === '/health/live') return 200
    if (url !== '/health/ready') return 404
    const problem = await this.#options.problem().catch(() => 'it cannot be told')
    return problem === null ? 200 : 503
  }
}
