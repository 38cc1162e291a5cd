// One use or more of each statement of the orchestrator, by the functions of its store and with
// random parameters. Sagas are made up: statements look only at their columns.
import type { SagaId } from '../../messaging/message.ts'
import { findBatchHistory } from '../../orchestrator/store/batch-history.ts'
import { findHeldEvents, holdEvents, releaseEvents } from '../../orchestrator/store/held-events.ts'
import { findHeldStarts, holdStarts, releaseStarts } from '../../orchestrator/store/held-starts.ts'
import { findKeys, winKeys } from '../../orchestrator/store/idempotency-keys.ts'
import { insertSagas } from '../../orchestrator/store/insert-sagas.ts'
import { beatInstance, removeInstance } from '../../orchestrator/store/instances.ts'
import { findByBusinessKey } from '../../orchestrator/store/keyed-sagas.ts'
import { findLivingSagas } from '../../orchestrator/store/living-sagas.ts'
import { lockSagas } from '../../orchestrator/store/lock-sagas.ts'
import {
  findHolders,
  queueForLocks,
  releaseLocks,
  serializeBy,
  wakeSoon,
} from '../../orchestrator/store/locks.ts'
import {
  claimLeftovers,
  claimSetAside,
  deletePublishBatches,
  setBatchesAside,
} from '../../orchestrator/store/publish-batches.ts'
import type { RowCipher } from '../../orchestrator/store/row-cipher.ts'
import type { SagaRow, StoredSaga } from '../../orchestrator/store/saga-rows.ts'
import {
  findLivingDefinitions,
  findResting,
  findSagas,
  listHistory,
} from '../../orchestrator/store/sagas.ts'
import { findDueSagas } from '../../orchestrator/store/timers.ts'
import { writeSagas } from '../../orchestrator/store/write-sagas.ts'
import type { Random } from './random.ts'
import type { StatementCases } from './statement-cases.ts'

const dayMs = 86_400_000

type MadeUp = { readonly kept: unknown }

/** Lets values through as they are. */
const rows = {
  load: async () => undefined,
  snapshot: (saga: MadeUp) => saga.kept,
  event: ({ event }: { readonly event: unknown }) => event,
  facts: ({ facts }: { readonly facts: unknown }) => facts,
  read: ({ id, revision, wake_at_ms: wakeAt }: SagaRow) => ({ saga: { id, revision }, wakeAt }),
  hide: (_: string, value: unknown) => value,
  reveal: (_: string, value: unknown) => ({ value }),
  viewFacts: (_: unknown, facts: unknown) => facts,
} as unknown as RowCipher

const idsOf = ({ subset, sagaIds }: Random) => subset(sagaIds) as readonly SagaId[]

const statuses = ['running', 'completed', 'completed', 'abandoned', 'stuck'] as const

function randomSaga({ name, count, some, json, flip, sagaId }: Random, id: SagaId) {
  const parent = flip() ? { sagaId: sagaId() } : null
  return {
    ...{ id, name: name(), version: count(2), status: some(statuses), revision: 5 + count(5) },
    ...{ kept: JSON.parse(json()), value: JSON.parse(json()), parent },
  }
}

function randomEntry({ json, time }: Random, saga: { readonly revision: number }, at: number) {
  const event = { type: 'replied', data: JSON.parse(json()) }
  const entry = { ...saga, revision: saga.revision + at }
  return { saga: entry, event, facts: [JSON.parse(json())], at: time(), businessKey: null }
}

function randomStart(random: Random, id: SagaId) {
  const { flip, text, time, count, range, some } = random
  const saga = randomSaga(random, id)
  const maybe = <T>(make: () => T): T | null => (flip() ? make() : null)
  return {
    ...{ saga, definitionHash: text(), businessKey: maybe(text), correlationId: maybe(text) },
    ...{ attributes: some([{}, { b: 'x', a: 'y' }]), wakeAt: maybe(time), key: maybe(text) },
    bodyHash: text(),
    history: range(1 + count(2)).map((at) => randomEntry(random, saga, at)),
  }
}

/**
 * `read` is how it is; some changes are of what it was once, or never. A saga migrates under its lock
 * alone.
 */
function randomChange(
  random: Random,
  given: {
    readonly id: SagaId
    readonly read: StoredSaga | undefined
    readonly isLocked: boolean
  },
) {
  const { id, read, isLocked } = given
  const { some, time, flip, count } = random
  const saga = randomSaga(random, id)
  const stale = { saga: { revision: read?.saga.revision ?? 5 + count(5) }, wakeAt: time() }
  const stood = { saga: { revision: 5 + count(5) }, wakeAt: read?.wakeAt ?? null }
  const before = read && (flip() || flip()) ? read : some([stale, stood])
  const wake = some(['set', 'drop', 'keep'] as const)
  const wakeAt = wake === 'set' || flip() ? time() : null
  const definitionHash = isLocked && flip() ? { definitionHash: 'h3' } : {}
  return { saga, before, wakeAt, wake, grows: true, ...definitionHash }
}

const moves: StatementCases = {
  'sagas.insert': async (tx, random) => {
    const starts = idsOf(random).map((id) => randomStart(random, id))
    const sagas = starts as unknown as Parameters<typeof insertSagas>[1]['sagas']
    return insertSagas(tx, { batchId: random.id(), sagas, rows })
  },
  'sagas.lock': (tx, random) => lockSagas(tx, rows, idsOf(random)),
  'sagas.write and sagas.migrate': async (tx, random) => {
    const ids = idsOf(random)
    const { sagas: read } = await lockSagas(tx, rows, ids)
    const isLocked = random.flip()
    const changed = ids.map((id) => randomChange(random, { id, read: read.get(id), isLocked }))
    const history = changed.slice(0, 2).map(({ saga }) => randomEntry(random, saga, 0))
    const batch = {
      now: random.time(),
      batchId: random.id(),
      rows,
      publishing: idsOf(random),
      isLocked,
    }
    return writeSagas(tx, { ...batch, changed, history } as unknown as Parameters<
      typeof writeSagas
    >[1])
  },
  'timers.due': (tx, random) => findDueSagas(tx, 1 + random.count(4), idsOf(random).slice(0, 1)),
}

const reads: StatementCases = {
  'sagas.find': (tx, random) => findSagas(tx, rows, idsOf(random)),
  'sagas.resting': (tx, random) => findResting(tx, idsOf(random)),
  'history.list': (tx, random) => listHistory(tx, rows, random.sagaId() as SagaId, random.count(3)),
  'sagas.keyed': (tx, { some, count }) => {
    const asked = { name: some(['gift', 'gift', 'trip']), businessKey: some(['a', 'a', 'b']) }
    return findByBusinessKey(tx, { ...asked, limit: 1 + count(3) })
  },
  'sagas.living-definitions': (tx) =>
    findLivingDefinitions({ ...tx, transaction: (work) => work(tx) }),
  // Of each name and version: the second statement is only asked where the first finds sagas.
  'sagas.living-page and sagas.living-read': async (tx, { names, range, count, flip, sagaId }) => {
    const after = flip() ? (sagaId() as SagaId) : null
    for (const name of names) {
      for (const version of range(2)) {
        await findLivingSagas(tx, rows, { name, version, after, limit: 1 + count(3) })
      }
    }
  },
  'history.of-batch': async (tx, random) => {
    const stored = idsOf(random).map((id) => ({ saga: { id, name: 'n', version: 1 } }))
    const batch = { id: random.id(), stored, rows } as unknown as Parameters<
      typeof findBatchHistory
    >[1]
    return findBatchHistory(tx, batch)
  },
}

const keyed = ({ subset, names, texts, some, sagaId }: Random) =>
  subset(names).flatMap((name) =>
    subset(texts).map((key) => ({
      ...{ name, key, bodyHash: some(texts), sagaId: sagaId() as SagaId },
    })),
  )

const batches: StatementCases = {
  'idempotency_keys.find': (tx, random) => findKeys(tx, keyed(random)),
  'idempotency_keys.insert': (tx, random) => winKeys(tx, keyed(random)),
  'publish_batches.delete': (tx, { subset, ids }) => deletePublishBatches(tx, subset(ids)),
  'publish_batches.set-aside': (tx, { subset, ids }) => setBatchesAside(tx, subset(ids)),
  'publish_batches.claim': (tx, { subset, ids, count }) => {
    const except = subset(ids).slice(0, 1)
    const dueWithinMs = count(2) * 2 * dayMs
    return claimLeftovers(tx, { dueWithinMs, limit: 1 + count(3), claimMs: 10_000, except })
  },
  'publish_batches.claim-aside': (tx, { subset, ids, count }) => {
    const except = subset(ids).slice(0, 1)
    return claimSetAside(tx, { limit: 1 + count(3), claimMs: 10_000, except })
  },
}

function randomRecord({ bytes, name, hour, count }: Random) {
  return {
    ...{ topic: 't', partition: 0, offset: BigInt(count(5)), timestamp: new Date(hour) },
    ...{ key: null, value: bytes(), headers: { [name()]: bytes() } },
  }
}

const held: StatementCases = {
  'held_events.insert': (tx, random) =>
    holdEvents(
      tx,
      rows,
      idsOf(random).map((sagaId) => ({
        ...{ sagaId, event: { type: 'woken' } as const, record: randomRecord(random) },
        cause: random.flip() ? (random.text() as never) : null,
      })),
    ),
  'held_events.find': (tx, { names, subset, count }) => {
    const definitions = subset(names).flatMap((name) => [`${name}@0#h1`, `${name}@1#h2`])
    return findHeldEvents(tx, rows, { definitions, limit: 1 + count(5), after: String(count(5)) })
  },
  'held_events.delete': (tx, { subset, range }) => releaseEvents(tx, subset(range(9)).map(String)),
  'held_starts.insert': (tx, random) =>
    holdStarts(
      tx,
      random.subset(random.names).map((name) => ({ name, record: randomRecord(random) })),
    ),
  'held_starts.find': (tx, { subset, names, count }) => {
    const page = { heldMsMax: count(2) * 2 * dayMs, limit: 1 + count(5), after: String(count(5)) }
    return findHeldStarts(tx, subset(names), page)
  },
  'held_starts.delete': (tx, { subset, range }) => releaseStarts(tx, subset(range(9)).map(String)),
  'instances.beat': (tx, { id, subset, texts, count }) => {
    const ages = { countedMs: 2 * dayMs, keptMs: count(2) * 2 * dayMs }
    return beatInstance(tx, { id: id(), definitions: subset(texts), ...ages })
  },
  'instances.delete': (tx, { id }) => removeInstance(tx, id()),
}

const locks: StatementCases = {
  'locks.serialize': (tx, { subset, texts }) => serializeBy(tx, subset(texts)),
  'locks.queue': async (tx, random) => {
    const arriving = idsOf(random).map((id) => ({ id, locks: random.subset(random.texts) }))
    await queueForLocks(tx, arriving)
  },
  'locks.release': (tx, random) => releaseLocks(tx, idsOf(random)),
  'locks.holders': (tx, random) => findHolders(tx, idsOf(random)),
  'locks.wake': (tx, random) => wakeSoon(tx, idsOf(random)),
}

export const sagaCases: StatementCases = { ...moves, ...reads, ...batches, ...held, ...locks }
