/**
 * TCP proxies on loopback that do harm on demand: a server of toxiproxy under a keeper, told what
 * to do over its HTTP API. Used by the chaos runs.
 */
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { LocalConfig } from './config.ts'
import { LocalPartsError, reasonOf } from './errors.ts'
import { freePorts } from './free-ports.ts'
import { KeeperLink } from './keeper-link.ts'
import { isPortTaken, KeptServer } from './kept-server.ts'
import type { Report } from './report.ts'
import { toxiproxyProgram } from './toxiproxy-program.ts'

const startLimitMs = 30_000
const stopLimitMs = 5_000
const portTriesMax = 3
/** It waits for the connections concerned, and so for a reader that is frozen at the moment. */
const answerLimitMs = 30_000
/** The server says that it is there just before it is. */
const connectTriesMax = 50
const connectPauseMs = 20

/** What toxiproxy's documentation calls a toxic, e.g. `latency` with `{ latency: 300 }`. */
export type Toxic = {
  readonly type: 'latency' | 'timeout' | 'reset_peer' | 'limit_data'
  /** Downstream is what the server sends to the client. */
  readonly stream: 'upstream' | 'downstream'
  readonly attributes: Readonly<Record<string, number>>
}

export class Toxiproxy {
  readonly #server: KeptServer

  private constructor(server: KeptServer) {
    this.#server = server
  }

  /** @throws LocalPartsError LOCAL_TOXIPROXY_UNAVAILABLE, LOCAL_START_FAILED */
  static async start(config: LocalConfig, report: Report): Promise<Toxiproxy> {
    const program = await toxiproxyProgram(config, report)
    for (let tried = 1; ; tried += 1) {
      const [port = 0] = await freePorts(1)
      const server = await keptServer(program, port, report)
      const proxies = new Toxiproxy(server)
      try {
        await server.start()
        await proxies.#connect()
        return proxies
      } catch (error) {
        await server.remove()
        if (!isPortTaken(error) || tried === portTriesMax) throw error
      }
    }
  }

  /** Opens one proxy for each name, leading nowhere yet, and answers their ports in that order. */
  async open(names: readonly string[]): Promise<readonly number[]> {
    for (let tried = 1; ; tried += 1) {
      const ports = await freePorts(names.length)
      try {
        for (const [at, name] of names.entries()) {
          const listen = `127.0.0.1:${ports[at]}`
          await this.#ask('POST', '/proxies', { name, listen, upstream: '127.0.0.1:9' })
        }
        return ports
      } catch (error) {
        if (!isPortTaken(error) || tried === portTriesMax) throw error
        for (const name of names) await this.#ask('DELETE', `/proxies/${name}`).catch(() => null)
      }
    }
  }

  /** Where what comes to the proxy goes from now on. */
  async lead(name: string, port: number): Promise<void> {
    await this.#ask('POST', `/proxies/${name}`, { upstream: `127.0.0.1:${port}` })
  }

  /** Refuses connections and cuts those that are, until `mend`. */
  async cut(name: string): Promise<void> {
    await this.#ask('POST', `/proxies/${name}`, { enabled: false })
  }

  /** Until `mend`; on the connections that are, and on new ones. */
  async poison(name: string, toxic: Toxic): Promise<void> {
    await this.#ask('POST', `/proxies/${name}/toxics`, toxic)
  }

  /** As it was at first; connections that were harmed end. May be called again. */
  async mend(name: string): Promise<void> {
    // Taken out of connections that live, a toxic waits until whoever reads there has read.
    await this.cut(name)
    const toxics = await this.#ask('GET', `/proxies/${name}/toxics`)
    for (const toxic of toxics as readonly { readonly name: string }[]) {
      await this.#ask('DELETE', `/proxies/${name}/toxics/${toxic.name}`)
    }
    await this.#ask('POST', `/proxies/${name}`, { enabled: true })
  }

  remove(): Promise<void> {
    return this.#server.remove()
  }

  async #connect(): Promise<void> {
    for (let tried = 1; ; tried += 1) {
      try {
        await this.#ask('GET', '/version')
        return
      } catch (error) {
        if (tried === connectTriesMax) throw error
        await new Promise((resolve) => setTimeout(resolve, connectPauseMs))
      }
    }
  }

  async #ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`http://127.0.0.1:${this.#server.port}${path}`, {
      method,
      signal: AbortSignal.timeout(answerLimitMs),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((error: unknown) => {
      throw new LocalPartsError('LOCAL_TOXIPROXY_REFUSED', `${reasonOf(error)}.`)
    })
    const text = await response.text()
    if (!response.ok) {
      throw new LocalPartsError('LOCAL_TOXIPROXY_REFUSED', `${method} ${path}: ${text}`)
    }
    return text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text
  }
}

async function keptServer(program: string, port: number, report: Report): Promise<KeptServer> {
  const keeper = await KeeperLink.open({ homePrefix: path.join(tmpdir(), 'sagaline-toxiproxy-') })
  return new KeptServer({
    name: 'toxiproxy',
    port,
    keeper,
    command: { command: program, args: ['-host', '127.0.0.1', '-port', `${port}`] },
    readyText: 'Starting HTTP server',
    startLimitMs,
    orderlyEnd: { signal: 'SIGTERM', limitMs: stopLimitMs },
    report,
  })
}
