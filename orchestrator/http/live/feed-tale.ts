// What `GET /events` tells: every entry of every history, in the order of the feed, of the sagas that
// the caller may see. Streams that stand at the same place share what is read.
import { orchestratorError } from '../../errors.ts'
import type { FeedEntry, FeedPage, FeedPlace } from '../../store/saga-feed.ts'
import type { Edge } from '../edge.ts'
import type { Tale, Told } from './event-streams.ts'
import type { NewsBell } from './news-bell.ts'
import type { ServerSentEvent } from './sse-connection.ts'

const form = /^(\d{1,15})-(\d{1,10})$/

export function writeFeedId({ row, seq }: FeedPlace): string {
  return `${row}-${seq}`
}

/** @throws CURSOR_INVALID for what `writeFeedId` did not make. */
export function readFeedId(text: string): FeedPlace {
  const [, row, seq] = form.exec(text) ?? []
  if (row === undefined || seq === undefined || Number(seq) > seqMax) {
    throw orchestratorError('CURSOR_INVALID')
  }
  return { row: Number(row), seq: Number(seq) }
}

/** What Postgres takes for the number of an entry. */
const seqMax = 2_147_483_647

/** How long one reading serves others at the same place. */
const sharedMs = 200

/** Reads each page once for all streams that ask for it at about the same time. */
export class FeedReader {
  readonly #edge: Edge
  readonly #pages = new Map<
    string,
    { readonly page: Promise<FeedPage>; readonly untilMs: number }
  >()

  constructor(edge: Edge) {
    this.#edge = edge
  }

  read(after: FeedPlace): Promise<FeedPage> {
    const now = this.#edge.clock.monotonicMs()
    for (const [key, { untilMs }] of this.#pages) if (untilMs <= now) this.#pages.delete(key)
    const key = writeFeedId(after)
    const shared = this.#pages.get(key) ?? {
      page: this.#edge.feed(after),
      untilMs: now + sharedMs,
    }
    this.#pages.set(key, shared)
    return shared.page
  }
}

/** `isWanted` decides by the name of a saga. */
export function feedTale(
  { reader, bell, edge }: { reader: FeedReader; bell: NewsBell; edge: Edge },
  isWanted: (name: string) => boolean,
): Tale<FeedPlace> {
  return {
    idOf: writeFeedId,
    wait: ({ row }, signal) => bell.forFeed(row, signal),
    read: async (after) => {
      const { entries, gone, place, isTorn } = await reader.read(after)
      if (isTorn) return goOnFromNow(await edge.feedHead())
      const wanted = entries.filter(({ name }) => isWanted(name))
      // Told first: who comes back after one of the entries would never hear of it.
      const missed = gone.some(isWanted) ? [missedAt(after)] : []
      const isMore = entries.length + gone.length > 0
      return { events: [...missed, ...wanted.map(toEvent)], place, isMore }
    },
  }
}

/** Part of what followed is no longer kept: the client must read its lists anew. */
function goOnFromNow(place: FeedPlace): Told<FeedPlace> {
  return { events: [missedAt(place)], place, isMore: true }
}

function missedAt(place: FeedPlace): ServerSentEvent {
  return { id: writeFeedId(place), event: 'missed', data: {} }
}

function toEvent({ place, ...data }: FeedEntry): ServerSentEvent {
  return { id: writeFeedId(place), event: 'entry', data }
}
