// What a case of the store's conformance suite works with: pools of several processes on one
// database that has all tables, and the means to break them.
import { randomUUID } from 'node:crypto'
import type { Db, Tx } from '../../messaging/db.ts'
import type { SagaId } from '../../messaging/message.ts'
import { insertFences, lockFences, type NewFence } from '../../participant/fence-store.ts'
import { insertPayments } from '../../services/payments/payments-store.ts'
import { createGate, type Gate, sleep } from './subscriber.ts'

export type StoreLimits = {
  readonly lockTimeoutMs?: number
  readonly statementTimeoutMs?: number
  readonly idleInTransactionTimeoutMs?: number
  readonly connectionsMax?: number
}

export type StoreWorld = {
  /** The pool of a process. */
  connect(owner: string): Promise<Db>
  /** Whether a statement of the process waits for a lock. */
  isWaiting(owner: string): Promise<boolean>
  /** The process dies; what it had sent is lost, or reaches the server all the same. */
  kill(owner: string, sent: 'lost' | 'kept'): Promise<void>
  /** Its next COMMIT does not reach the server, or its answer does not come back. */
  cutCommit(owner: string, what: 'commit' | 'answer'): void
  stop(): Promise<void>
}

export type StoreCase = {
  readonly name: string
  readonly limits?: StoreLimits
  readonly run: (world: StoreWorld) => Promise<void>
}

export const newId = (): SagaId => randomUUID() as SagaId

/** Ids in their order. */
export const newIds = (count: number): readonly SagaId[] =>
  Array.from({ length: count }, newId).sort()

const waitMsMax = 30_000

export async function eventually(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + waitMsMax
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`Waited ${waitMsMax} ms until ${what}`)
    await sleep(5)
  }
}

export const untilWaiting = (world: StoreWorld, owner: string): Promise<void> =>
  eventually(`${owner} waits`, () => world.isWaiting(owner))

/** The outcome of a promise, which may fail. */
export const outcomeOf = <T>(promise: Promise<T>): Promise<T | Error> =>
  promise.catch((error: Error) => error)

export const codeOf = (outcome: unknown): unknown =>
  outcome instanceof Error ? (outcome as { readonly code?: unknown }).code : 'none'

export type Held = {
  /** It resolves when the transaction has ended. */
  readonly ended: Promise<unknown>
  readonly commit: () => Promise<unknown>
  readonly rollback: () => Promise<unknown>
}

/** A transaction that has done its work, and stays open until it is told how to end. */
export async function hold(db: Db, work: (tx: Tx) => Promise<unknown>): Promise<Held> {
  const [worked, end] = [createGate(), createGate()]
  let isRolledBack = false
  const ended = outcomeOf(
    db.transaction(async (tx) => {
      await work(tx)
      worked.open()
      await end.passed
      if (isRolledBack) throw new Error('rolled back')
    }),
  )
  await Promise.race([worked.passed, ended])
  const finish = async (gate: Gate) => {
    gate.open()
    return ended
  }
  return {
    ended,
    commit: () => finish(end),
    rollback: () => {
      isRolledBack = true
      return finish(end)
    },
  }
}

export const taken = (sagaId: SagaId) =>
  ({ sagaId, customerId: 'c', amount: 5, status: 'TAKEN' }) as const

export const pay =
  (...ids: readonly SagaId[]) =>
  (tx: Tx): Promise<unknown> =>
    insertPayments(tx, ids.map(taken))

/** Which of the payments are there, by a read that takes no lock. */
export async function paid(db: Db, ids: readonly SagaId[]): Promise<readonly SagaId[]> {
  const { rows } = await db.query<{ saga_id: SagaId }>(
    {
      name: 'conformance.payments',
      text: 'select saga_id from payments where saga_id = any($1::uuid[]) order by saga_id',
    },
    [ids],
  )
  return rows.map(({ saga_id }) => saga_id)
}

export const fence = (sagaId: SagaId): NewFence => ({
  ...{ sagaId, step: 's', visit: 1, state: 'done' },
  ...{ bodyHash: Buffer.from('hash'), undoBodyHash: null, reply: '{"a":1}', events: null },
})

export const keyOf = (sagaId: SagaId) => ({ sagaId, step: 's', visit: 1 })

export const doOnce =
  (...ids: readonly SagaId[]) =>
  (tx: Tx): Promise<void> =>
    insertFences(tx, ids.map(fence))

export async function stateOf(tx: Tx, id: SagaId): Promise<string | undefined> {
  return (await lockFences(tx, [keyOf(id)])).get(id)?.state
}
