// One client that listens: server-sent events on the response of a request. It holds little for the
// client: who does not read for a while is cut, and comes back with the id of what it had last.
import type { OutgoingHttpHeaders } from 'node:http'
import type { FastifyReply } from 'fastify'
import type { Clock } from '../../../messaging/clock.ts'

export type ServerSentEvent = {
  /** Where a client that comes back goes on after it. */
  readonly id: string
  readonly event: string
  readonly data: unknown
}

/** A client that takes nothing for so long is cut. */
const stuckMsMax = 10_000
/** How long a client waits before it comes back. */
const comeBackMs = 1_000

const headers = {
  'content-type': 'text/event-stream; charset=utf-8',
  // Proxies must pass on what comes, when it comes.
  'x-accel-buffering': 'no',
} as const

export class SseConnection {
  readonly #raw: FastifyReply['raw']
  readonly #clock: Clock
  readonly #closing = new AbortController()

  /** From now on the answer is in these hands, and begun. */
  constructor(reply: FastifyReply, clock: Clock) {
    this.#raw = reply.raw
    this.#clock = clock
    reply.hijack()
    this.#raw.once('close', () => this.#closing.abort())
    this.#raw.once('error', () => this.#closing.abort())
    this.#raw.writeHead(200, { ...reply.getHeaders(), ...headers } as OutgoingHttpHeaders)
    this.#raw.write(`retry: ${comeBackMs}\n\n`)
  }

  /** Aborted when nobody listens any more, or should. */
  get closed(): AbortSignal {
    return this.#closing.signal
  }

  /** Resolves when there is room for more, or the client is gone. */
  send({ id, event, data }: ServerSentEvent): Promise<void> {
    return this.#write(`id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
  }

  /** Keeps the connection alive, and the client's place up to date where nothing is for it. */
  beat(id: string): Promise<void> {
    return this.send({ id, event: 'beat', data: {} })
  }

  /** The client comes back, if it wants to. */
  close(): void {
    this.#closing.abort()
    this.#raw.end()
  }

  async #write(text: string): Promise<void> {
    if (this.closed.aborted || this.#raw.write(text)) return
    const drained = new AbortController()
    this.#raw.once('drain', () => drained.abort())
    await this.#clock.wait(stuckMsMax, AbortSignal.any([drained.signal, this.closed]))
    if (!drained.signal.aborted) this.#raw.destroy()
  }
}
