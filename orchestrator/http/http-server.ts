// The HTTP edge as a part that lives and stops: REST over the `Edge`. Made by `orchestrator.ts`.
//
// stop: new requests get STOPPING → waits are answered with the state so far, streams end → it closes,
// after `stopMsMax` whatever is still open is cut.
import type { AddressInfo } from 'node:net'
import { orchestratorError } from '../errors.ts'
import { refuseOpenHost } from './access/login.ts'
import { type App, buildApp } from './app.ts'
import type { Edge } from './edge.ts'
import { EndWaits } from './end-waits.ts'
import { type HttpLimits, type HttpOptions, httpLimits } from './http-options.ts'
import { EventStreams } from './live/event-streams.ts'

export type { HttpOptions }

export class HttpServer {
  readonly #edge: Edge
  readonly #options: HttpOptions & HttpLimits
  readonly #waits: EndWaits
  readonly #streams: EventStreams
  #app: App | null = null
  #stopped: Promise<void> | null = null

  /** @throws LOGIN_MISSING. */
  constructor(edge: Edge, options: HttpOptions) {
    refuseOpenHost(options.host, options.login ?? 'none')
    this.#edge = edge
    this.#options = { ...httpLimits, ...options }
    this.#waits = new EndWaits(edge, this.#options.waitsMax)
    this.#streams = new EventStreams(edge, this.#options)
  }

  /** @throws HTTP_UNAVAILABLE when the port is taken or the host is not ours. */
  async start(): Promise<{ readonly url: string }> {
    const { host, port, login } = this.#options
    if (login === 'trusted-network') this.#edge.log.warn('http.no-login', { host })
    const app = await buildApp(this.#edge, this.#options, {
      waits: this.#waits,
      streams: this.#streams,
    })
    this.#app = app
    try {
      await app.listen({ host, port })
    } catch (error) {
      const problem = error instanceof Error && 'code' in error ? error.code : 'unknown'
      throw orchestratorError('HTTP_UNAVAILABLE', { host, port, problem }, error)
    }
    return { url: urlOf(host, app.server.address() as AddressInfo) }
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#close()
    return this.#stopped
  }

  async #close(): Promise<void> {
    const app = this.#app
    if (app === null) return
    // Node closes only those connections that are idle by now; the others soon after their answers.
    app.server.keepAliveTimeout = 1
    const limit = setTimeout(() => cut(app), this.#options.stopMsMax)
    try {
      await Promise.all([this.#waits.stop(), this.#streams.stop()])
      await app.close()
    } finally {
      clearTimeout(limit)
    }
  }
}

export function createHttpServer(edge: Edge, options: HttpOptions): HttpServer {
  return new HttpServer(edge, options)
}

/** Also while waits are still being answered, when `app.close` has not been reached. */
function cut(app: App): void {
  app.server.close()
  app.server.closeAllConnections()
}

function urlOf(host: string, address: AddressInfo): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`
}
