// Archived sagas over REST: whatever is asked of a saga that the database no longer has is answered
// from a folder of archives, which is only read. Put before the edge by `orchestrator.ts`.
import type { Db } from '../messaging/db.ts'
import type { SagaId } from '../messaging/message.ts'
import { rebuiltSteps, viewPast } from './coordinator/past-saga.ts'
import type { Registry } from './definition/registry.ts'
import type { Fact } from './engine/event.ts'
import { orchestratorError } from './errors.ts'
import type { Edge } from './http/edge.ts'
import { findArchived } from './retention/archived-sagas.ts'
import { recordedArchived, showArchived } from './retention/show-archived.ts'
import type { ArchivedSaga } from './store/archived-rows.ts'
import type { RowCipher } from './store/row-cipher.ts'
import { messagesOf } from './store/saga-messages.ts'

/** Files that are read at once, and requests that may wait for their turn. */
const lookupsMax = 4
const waitingMax = 100

type ArchiveGiven = {
  /** For the keys of persons. */
  readonly db: Db
  readonly folder: string
  readonly rows: RowCipher
  readonly registry: Registry
}

/** The edge with archived sagas behind the others. */
export function withArchive(edge: Edge, given: ArchiveGiven): Edge {
  const { db, rows, registry } = given
  const find = limited((id: SagaId) => findArchived(given.folder, id))
  const ifArchived = async <T>(id: SagaId, show: (saga: ArchivedSaga) => T | Promise<T>) => {
    const archived = await find(id)
    if (archived !== null) await rows.load(db, [archived])
    return archived === null ? null : show(archived)
  }
  return {
    ...edge,
    nameOf: async (id) => (await edge.nameOf(id)) ?? ifArchived(id, ({ name }) => name),
    find: async (id) =>
      (await edge.find(id)) ?? ifArchived(id, (saga) => showArchived(rows, saga).saga),
    findPast: async (id, moment) =>
      (await edge.findPast(id, moment)) ??
      ifArchived(id, async (saga) => {
        const known = { stored: rows.read(saga), entries: recordedArchived(rows, saga) }
        return { ...(await viewPast({ rows, registry }, known, moment)), archived: true } as const
      }),
    history: async (id, after = 0) => {
      const found = await edge.history(id, after)
      if (found.length > 0 || (await edge.nameOf(id)) !== null) return found
      const shown = await ifArchived(id, (saga) => showArchived(rows, saga).history)
      return (shown ?? []).filter(({ seq }) => seq > after)
    },
    messages: async (id) =>
      (await edge.messages(id)) ??
      ifArchived(id, async (saga) => {
        const stored = rows.read(saga)
        const known = { stored, entries: recordedArchived(rows, saga) }
        const steps = await rebuiltSteps(registry, known)
        const entries = saga.history.map(({ seq, at, event, facts }) => {
          return { seq, at: new Date(at), event, facts: facts as readonly Fact[] }
        })
        return messagesOf({ rows, registry, steps }, stored, entries)
      }),
  }
}

/** A few at once; the others wait, and too many are sent away. @throws OVERLOADED */
function limited<A, T>(work: (asked: A) => Promise<T>): (asked: A) => Promise<T> {
  const waiting: (() => void)[] = []
  let running = 0
  return async (asked) => {
    if (running >= lookupsMax) {
      if (waiting.length >= waitingMax) throw orchestratorError('OVERLOADED', { limit: waitingMax })
      // Whoever is done hands its place over.
      await new Promise<void>((resolve) => waiting.push(resolve))
    } else running += 1
    try {
      return await work(asked)
    } finally {
      const next = waiting.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }
}
