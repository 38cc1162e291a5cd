// The store's conformance: who waits for whom, and what becomes of it.
import { expect } from 'vitest'
import { lockOutbox } from '../../messaging/outbox.ts'
import { winKeys } from '../../orchestrator/store/idempotency-keys.ts'
import {
  findHolders,
  queueForLocks,
  releaseLocks,
  serializeBy,
  wakeSoon,
} from '../../orchestrator/store/locks.ts'
import { claimLeftovers } from '../../orchestrator/store/publish-batches.ts'
import { findDueSagas } from '../../orchestrator/store/timers.ts'
import { markUndone } from '../../participant/fence-store.ts'
import { refundPayments } from '../../services/payments/payments-store.ts'
import { addBatch, setTimer } from './store-rows.ts'
import {
  codeOf,
  doOnce,
  hold,
  keyOf,
  newId,
  newIds,
  outcomeOf,
  paid,
  pay,
  type StoreCase,
  stateOf,
  untilWaiting,
} from './store-world.ts'
import { createGate } from './subscriber.ts'

const undo = { undoBodyHash: Buffer.from('undo'), undoReply: 'null', undoEvents: null }

export const storeLockCases: readonly StoreCase[] = [
  {
    name: 'a locked row is waited for, and then read as it has become',
    run: async (world) => {
      const [db, peer] = [await world.connect('a'), await world.connect('b')]
      const id = newId()
      await db.transaction(doOnce(id))
      const held = await hold(db, (tx) => markUndone(tx, [{ ...keyOf(id), ...undo }]))
      const state = peer.transaction((tx) => stateOf(tx, id))
      await untilWaiting(world, 'b')
      await held.commit()
      expect(await state).toBe('undone')
    },
  },
  {
    name: 'a change that waited is made only where its condition still holds',
    run: async (world) => {
      const [db, peer] = [await world.connect('a'), await world.connect('b')]
      const ids = newIds(2)
      await db.transaction(pay(...ids))
      const held = await hold(db, (tx) => refundPayments(tx, ids.slice(0, 1)))
      const later = peer.transaction((tx) => refundPayments(tx, ids))
      await untilWaiting(world, 'b')
      await held.commit()
      expect([...(await later)]).toEqual(ids.slice(1))
    },
  },
  {
    name: 'an insert waits for an open one of the same key, and fails when that commits',
    run: async (world) => {
      const [db, peer] = [await world.connect('a'), await world.connect('b')]
      const id = newId()
      const held = await hold(db, doOnce(id))
      const later = outcomeOf(peer.transaction(doOnce(id)))
      await untilWaiting(world, 'b')
      await held.commit()
      expect(await later).toMatchObject({ code: '23505', constraint: 'fence_pkey' })
    },
  },
  {
    name: 'an insert waits for an open one of the same key, and succeeds when that rolls back',
    run: async (world) => {
      const [db, peer] = [await world.connect('a'), await world.connect('b')]
      const id = newId()
      const held = await hold(db, pay(id))
      const later = peer.transaction(pay(id))
      await untilWaiting(world, 'b')
      await held.rollback()
      await later
      expect(await paid(db, [id])).toEqual([id])
    },
  },
  {
    name: 'a row that is only locked is a conflict at once',
    run: async (world) => {
      const [db, peer] = [await world.connect('a'), await world.connect('b')]
      const id = newId()
      await db.transaction(doOnce(id))
      const held = await hold(db, (tx) => stateOf(tx, id))
      expect(codeOf(await outcomeOf(peer.transaction(doOnce(id))))).toBe('23505')
      await held.commit()
    },
  },
  {
    name: 'of two that want one idempotency key the first wins, unless it rolls back',
    run: async (world) => {
      const [db, peer] = [await world.connect('a'), await world.connect('b')]
      for (const end of ['commit', 'rollback'] as const) {
        const [one = newId(), other = newId()] = newIds(2)
        const asked = { name: 'n', key: newId(), bodyHash: 'h' }
        const held = await hold(db, (tx) => winKeys(tx, [{ ...asked, sagaId: one }]))
        const later = peer.transaction((tx) => winKeys(tx, [{ ...asked, sagaId: other }]))
        await untilWaiting(world, 'b')
        await held[end]()
        expect([...(await later)]).toEqual(end === 'commit' ? [] : [other])
      }
    },
  },
  {
    name: 'an insert or update waits for the row, and updates its newest version',
    run: async (world) => {
      const [db, peer] = [await world.connect('a'), await world.connect('b')]
      const [id = newId(), other = newId()] = newIds(2)
      const held = await hold(db, (tx) => setTimer(tx, id, 86_400_000))
      const later = peer.transaction((tx) => wakeSoon(tx, [id, other]))
      await untilWaiting(world, 'b')
      await held.commit()
      await later
      const { sagaIds } = await findDueSagas(db, 1_000, [])
      expect(sagaIds).toEqual(expect.arrayContaining([id, other]))
    },
  },
  {
    name: 'a claim passes over the rows that somebody else holds',
    run: async (world) => {
      const [db, peer] = [await world.connect('a'), await world.connect('b')]
      const [one = newId(), other = newId()] = newIds(2)
      for (const id of [one, other]) await addBatch(db, { id, sagaIds: [id], dueMs: 5_000 })
      const claim = { dueWithinMs: 10_000, limit: 1_000, claimMs: 60_000, except: [] }
      const held = await hold(db, (tx) =>
        claimLeftovers(tx as never, { ...claim, except: [other] }),
      )
      const claimed = await claimLeftovers(peer, claim)
      expect(claimed.map(({ id }) => id)).toContain(other)
      expect(claimed.map(({ id }) => id)).not.toContain(one)
      await held.rollback()
      const again = await claimLeftovers(peer, claim)
      expect(again).toContainEqual({ id: one, sagaIds: [one] })
    },
  },
  {
    name: 'of two that wait for each other one fails, and the other goes on',
    run: async (world) => {
      const [db, peer] = [await world.connect('a'), await world.connect('b')]
      const [one = newId(), other = newId()] = newIds(2)
      await db.transaction(pay(one, other))
      const isReady = createGate()
      const first = db.transaction(async (tx) => {
        await refundPayments(tx, [one])
        await isReady.passed
        return refundPayments(tx, [other])
      })
      const second = peer.transaction(async (tx) => {
        await refundPayments(tx, [other])
        isReady.open()
        await untilWaiting(world, 'a')
        return refundPayments(tx, [one])
      })
      const both = [outcomeOf(first), outcomeOf(second)]
      const codes = (await Promise.all(both)).map(codeOf)
      expect(codes.toSorted()).toEqual(['40P01', 'none'])
    },
  },
  {
    name: 'who waits for too long fails, and the holder does not mind',
    limits: { lockTimeoutMs: 200 },
    run: async (world) => {
      const [db, peer] = [await world.connect('a'), await world.connect('b')]
      const id = newId()
      const held = await hold(db, pay(id))
      expect(codeOf(await outcomeOf(peer.transaction(pay(id))))).toBe('55P03')
      await held.commit()
      expect(await paid(peer, [id])).toEqual([id])
    },
  },
  {
    name: 'a statement as a whole has a limit too',
    // Of the holder's insert as well.
    limits: { statementTimeoutMs: 1_500 },
    run: async (world) => {
      const [db, peer] = [await world.connect('a'), await world.connect('b')]
      const id = newId()
      const held = await hold(db, pay(id))
      expect(codeOf(await outcomeOf(peer.transaction(pay(id))))).toBe('57014')
      await held.commit()
    },
  },
  {
    name: 'advisory locks are waited for, or answered with no, until the transaction ends',
    run: async (world) => {
      const [db, peer] = [await world.connect('a'), await world.connect('b')]
      const name = newId()
      const held = await hold(db, async (tx) => {
        expect(await lockOutbox(tx)).toBe(true)
        await serializeBy(tx, [name])
        await serializeBy(tx, [name, name])
      })
      expect(await peer.transaction(lockOutbox)).toBe(false)
      const later = peer.transaction((tx) => serializeBy(tx, [name]))
      await untilWaiting(world, 'b')
      await held.rollback()
      await later
      expect(await peer.transaction(lockOutbox)).toBe(true)
    },
  },
  {
    name: 'the queue of a semantic lock is in the order of arrival, and the next one is told',
    run: async (world) => {
      const db = await world.connect('a')
      const [one = newId(), other = newId(), third = newId()] = newIds(3)
      const key = newId()
      const arriving = [one, other, third].map((id) => ({ id, locks: [key] }))
      const rolledBack = await hold(db, (tx) => queueForLocks(tx, arriving.slice(2)))
      await rolledBack.rollback()
      await db.transaction((tx) => queueForLocks(tx, arriving))
      const next = await db.transaction(async (tx) => {
        expect(await findHolders(tx, [one, other, third])).toEqual([one])
        expect(await releaseLocks(tx, [other])).toEqual([])
        return releaseLocks(tx, [one])
      })
      expect(next).toEqual([third])
    },
  },
]
