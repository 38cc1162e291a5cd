// The streams that are open on this process: how many there may be, for whom, how long, and that all
// of them end when it stops. What they tell is up to the routes.
import type { FastifyReply, FastifyRequest } from 'fastify'
import { orchestratorError } from '../../errors.ts'
import { addressOf } from '../access/rate-limit.ts'
import type { Edge } from '../edge.ts'
import type { HttpLimits } from '../http-options.ts'
import { NewsBell } from './news-bell.ts'
import { type ServerSentEvent, SseConnection } from './sse-connection.ts'

/** A line goes out so often, whatever happens: proxies cut what is silent. */
const beatMs = 15_000
/** After trouble with the database a stream tries again. */
const retryMs = 1_000

export type Told<Place> = {
  readonly events: readonly ServerSentEvent[]
  readonly place: Place
  /** There may be more right now. */
  readonly isMore: boolean
}

/** What a stream tells, by places that mean the same on every process. */
export type Tale<Place> = {
  readonly read: (after: Place) => Promise<Told<Place>>
  /** Resolves when there may be something after the place, or `signal` says so. */
  readonly wait: (after: Place, signal: AbortSignal) => Promise<void>
  readonly idOf: (place: Place) => string
}

export class EventStreams {
  readonly bell: NewsBell
  readonly #edge: Edge
  readonly #limits: HttpLimits
  readonly #open = new Map<SseConnection, string>()
  readonly #ended = new Set<Promise<void>>()
  #isStopping = false

  constructor(edge: Edge, limits: HttpLimits) {
    this.#edge = edge
    this.#limits = limits
    this.bell = new NewsBell((watched) => edge.news(watched), edge)
  }

  /** From then on the answer is the stream's. @throws STREAMS_FULL, STOPPING. */
  open<Place>(
    { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
    start: Place,
    tale: Tale<Place>,
  ): void {
    const who = request.principal?.name ?? addressOf(request.ip)
    this.#refuse(who)
    const connection = new SseConnection(reply, this.#edge.clock)
    this.#open.set(connection, who)
    const ended = this.#run(connection, start, tale).finally(() => {
      this.#open.delete(connection)
      this.#ended.delete(ended)
    })
    this.#ended.add(ended)
  }

  /** Ends all of them; their clients go on elsewhere. Idempotent. */
  async stop(): Promise<void> {
    this.#isStopping = true
    for (const connection of this.#open.keys()) connection.close()
    await Promise.all(this.#ended)
  }

  #refuse(who: string): void {
    if (this.#isStopping) throw orchestratorError('STOPPING')
    const { streamsMax, streamsOfOneMax } = this.#limits
    const own = [...this.#open.values()].filter((one) => one === who).length
    if (own >= streamsOfOneMax) throw full(streamsOfOneMax, 'one caller')
    if (this.#open.size >= streamsMax) throw full(streamsMax, 'all callers')
  }

  async #run<Place>(connection: SseConnection, start: Place, tale: Tale<Place>): Promise<void> {
    const { clock, log } = this.#edge
    const endsAt = clock.monotonicMs() + this.#limits.streamMsMax
    let place = start
    // The client has a place to come back to before anything happened.
    await connection.send({ id: tale.idOf(place), event: 'ready', data: {} })
    while (!connection.closed.aborted && clock.monotonicMs() < endsAt) {
      try {
        const told = await tale.read(place)
        for (const event of told.events) await connection.send(event)
        place = told.place
        if (!told.isMore) await this.#rest(connection, place, { tale, endsAt })
      } catch (error) {
        log.warn('live.read.failed', { error })
        await clock.wait(retryMs, connection.closed)
      }
    }
    // Whoever may still listen logs in again.
    connection.close()
  }

  /** Until there is something, or the next beat is due. */
  async #rest<Place>(
    connection: SseConnection,
    place: Place,
    { tale, endsAt }: { readonly tale: Tale<Place>; readonly endsAt: number },
  ): Promise<void> {
    const { clock } = this.#edge
    const rested = new AbortController()
    const leftMs = Math.max(0, endsAt - clock.monotonicMs())
    const signal = AbortSignal.any([rested.signal, connection.closed])
    const told = tale.wait(place, signal).then(() => 'told' as const)
    const beat = clock.wait(Math.min(beatMs, leftMs), signal).then(() => 'beat' as const)
    const first = await Promise.race([told, beat])
    rested.abort()
    if (first === 'beat' && !connection.closed.aborted) await connection.beat(tale.idOf(place))
  }
}

function full(limit: number, whose: string): Error {
  return orchestratorError('STREAMS_FULL', { limit, whose })
}
