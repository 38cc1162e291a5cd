// The rows of the list as they have been loaded so far, and how they change: another page below, the
// first page anew, and sagas that moved on. Pure, so that it can be tested without a browser.
import type { Api, StreamApi } from '../../orchestrator/client/index.ts'
import { hasEnded } from '../words/status.ts'
import { type SagaFilter, stillFits } from './filter-url.ts'

export type FoundSaga = Api['list-sagas']['answer']['items'][number]
type Page = Api['list-sagas']['answer']

export type LoadedSagas = {
  readonly items: readonly FoundSaga[]
  readonly nextCursor: string | null
  readonly lagMs: number | null
}

export const firstPage = ({ items, nextCursor, lagMs }: Page): LoadedSagas => ({
  items,
  nextCursor,
  lagMs,
})

export function withPage(loaded: LoadedSagas, { items, nextCursor, lagMs }: Page): LoadedSagas {
  const known = new Set(loaded.items.map(({ id }) => id))
  const fresh = items.filter(({ id }) => !known.has(id))
  return { items: [...loaded.items, ...fresh], nextCursor, lagMs }
}

/** The first page came anew: what it holds is newer, and what has left it is gone. */
export function renewed(loaded: LoadedSagas, page: Page): LoadedSagas {
  const last = page.items.at(-1)
  if (page.nextCursor === null || last === undefined) return firstPage(page)
  const fresh = new Set(page.items.map(({ id }) => id))
  const place = loaded.items.findIndex(({ id }) => id === last.id)
  // So much came meanwhile that the pages no longer meet: begin anew.
  if (place < 0 && !loaded.items.some(({ id }) => fresh.has(id))) return firstPage(page)
  const below = loaded.items.slice(place + 1).filter(({ id }) => !fresh.has(id))
  const { nextCursor } = loaded.items.length > page.items.length ? loaded : page
  return { items: [...page.items, ...below], nextCursor, lagMs: page.lagMs }
}

type Entry = StreamApi['follow-events']['answer']

/** A saga moved on: its row does so at once, or leaves a list that it no longer belongs to. */
export function moved(loaded: LoadedSagas, filter: SagaFilter, entry: Entry): LoadedSagas {
  const place = loaded.items.findIndex(({ id }) => id === entry.sagaId)
  const row = loaded.items[place]
  if (row === undefined || row.updatedAt > entry.at) return loaded
  if (!stillFits(filter, entry.status)) {
    return { ...loaded, items: loaded.items.toSpliced(place, 1) }
  }
  const { status, state, at } = entry
  const endedAt = hasEnded(status) ? at : null
  const next: FoundSaga = { ...row, status, state, updatedAt: at, endedAt }
  return { ...loaded, items: loaded.items.with(place, next) }
}
