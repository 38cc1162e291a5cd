// One use or more of each statement, by the functions of the product and with random parameters.
// The other half is in `saga-statement-cases.ts`.
import type { Db, Tx } from '../../messaging/db.ts'
import { park } from '../../messaging/dead-letters.ts'
import {
  addToOutbox,
  deleteOutboxRows,
  lockOutbox,
  probeOutbox,
  readOutbox,
} from '../../messaging/outbox.ts'
import {
  deleteOldFences,
  insertFences,
  lockFences,
  markUndone,
  settleAsked,
} from '../../participant/fence-store.ts'
import { noteServedTopics } from '../../participant/served-topics.ts'
import { endOrders, insertOrders } from '../../services/orders/orders-store.ts'
import { insertPayments, refundPayments } from '../../services/payments/payments-store.ts'
import { orderMessage } from '../messaging/order-message.ts'
import type { Random } from './random.ts'

export type StatementCase = (tx: Tx & Db, random: Random) => Promise<unknown>

/** By the statements that they use. */
export type StatementCases = Readonly<Record<string, StatementCase>>

const dayMs = 86_400_000

function randomRecord({ count, flip, bytes, name, hour }: Random) {
  return {
    ...{ topic: 't', partition: 0, offset: BigInt(count(5)), timestamp: new Date(hour) },
    ...{ key: flip() ? bytes() : null, value: flip() ? bytes() : null },
    headers: { [name()]: bytes() },
  }
}

const numbersAsTexts = ({ subset, range }: Random) => subset(range(9)).map((at) => String(at + 1))

export const messagingCases: StatementCases = {
  'insert-dead-letters': async (tx, random) => {
    const letters = random.subset(random.range(4)).map(() => ({
      ...{ record: randomRecord(random), consumer: 'c', code: random.name() },
      ...{ reason: random.text(), isSensitive: random.flip() },
    }))
    await park(tx, letters)
  },
  'insert-outbox': async (tx, { subset, range }) => {
    await addToOutbox(
      tx,
      subset(range(4)).map((at) => orderMessage('t', at)),
    )
  },
  'probe-outbox': (tx) => probeOutbox(tx),
  'select-outbox': (tx, random) => readOutbox(tx, 1 + random.count(6), numbersAsTexts(random)),
  'delete-outbox': (tx, random) => deleteOutboxRows(tx, numbersAsTexts(random)),
  'lock-outbox': (tx) => lockOutbox(tx),
  notify: (tx, { text }) =>
    tx.query({ name: 'notify', text: 'select pg_notify($1, $2)' }, ['channel', text()]),
}

const randomKeys = ({ subset, sagaIds, some }: Random) =>
  subset(sagaIds).map((sagaId) => ({
    ...{ sagaId: sagaId as never, step: some(['s', 't']), visit: 1 },
  }))

export const participantCases: StatementCases = {
  'participant-lock-fences': (tx, random) => lockFences(tx, randomKeys(random)),
  'participant-insert-fences': async (tx, random) => {
    const { bytes, flip, json, some } = random
    const answered = () => ({
      ...{ bodyHash: flip() ? bytes() : null, undoBodyHash: flip() ? bytes() : null },
      ...{ reply: flip() ? json() : null, events: flip() ? json() : null },
    })
    const fences = randomKeys(random).slice(0, 2)
    await insertFences(
      tx,
      fences.map((key) => ({
        ...key,
        state: some(['asked', 'done', 'refused', 'blocked']),
        ...answered(),
      })),
    )
  },
  'participant-settle-asked': async (tx, random) => {
    const { flip, json, some } = random
    for (const key of randomKeys(random)) {
      const state = some(['done', 'refused'] as const)
      await settleAsked(tx, { ...key, state, reply: json(), events: flip() ? json() : null })
    }
  },
  'participant-mark-undone': async (tx, random) => {
    const { bytes, flip, json } = random
    await markUndone(
      tx,
      randomKeys(random).map((key) => ({
        ...{ ...key, undoBodyHash: bytes(), undoReply: json(), undoEvents: flip() ? json() : null },
      })),
    )
  },
  'participant-mark-undone of the same row twice': async (tx, random) => {
    const { bytes, json } = random
    const undone = { undoBodyHash: bytes(), undoReply: json(), undoEvents: null }
    const twice = randomKeys(random).slice(0, 1)
    await markUndone(
      tx,
      [...twice, ...twice].map((key) => ({ ...key, ...undone })),
    )
  },
  'participant-delete-old-fences': (tx, { count, sagaId }) =>
    deleteOldFences(tx, { belowSagaId: sagaId(), ageMs: count(2) * dayMs * 2, rowsMax: 10 }),
  'participant-serve-topics': (tx, { subset, texts, text }) =>
    noteServedTopics(tx, { topics: subset([...new Set(texts)]), service: text() }),
}

const businessOf = ({ count, text }: Random) => ({ customerId: text(), amount: count(9) })

export const serviceCases: StatementCases = {
  'orders-insert': async (tx, random) => {
    const { subset, sagaIds, range, count } = random
    await insertOrders(
      tx,
      subset(sagaIds)
        .slice(0, 2)
        .map((sagaId) => ({ sagaId, ...businessOf(random), items: range(count(3)) })),
    )
  },
  'orders-end': (tx, { subset, sagaIds, some }) =>
    endOrders(tx, subset(sagaIds), some(['COMPLETED', 'CANCELLED'])),
  'payments-insert': async (tx, random) => {
    const { subset, sagaIds, some } = random
    await insertPayments(
      tx,
      subset(sagaIds)
        .slice(0, 2)
        .map((sagaId) => ({
          ...{ sagaId, ...businessOf(random), status: some(['TAKEN', 'DECLINED']) },
        })),
    )
  },
  'payments-refund': (tx, { subset, sagaIds }) => refundPayments(tx, subset(sagaIds)),
}
