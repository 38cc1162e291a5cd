// The store's conformance: lost connections, dead and silent clients.
import { expect } from 'vitest'
import { isTransientDbError, type Tx } from '../../messaging/db.ts'
import {
  codeOf,
  eventually,
  hold,
  newId,
  newIds,
  outcomeOf,
  paid,
  pay,
  type StoreCase,
  untilWaiting,
} from './store-world.ts'

export const storeFailureCases: readonly StoreCase[] = [
  {
    name: 'a commit that did not arrive is of unknown outcome, and nothing is there',
    run: async (world) => {
      const [db, peer] = [await world.connect('a'), await world.connect('b')]
      const id = newId()
      const held = await hold(db, pay(id))
      world.cutCommit('a', 'commit')
      const error = await held.commit()
      expect([codeOf(error), isTransientDbError(error)]).toEqual(['COMMIT_UNKNOWN', true])
      await peer.transaction(pay(id))
      expect(await paid(peer, [id])).toEqual([id])
    },
  },
  {
    name: 'a commit whose answer was lost is of unknown outcome, and all is there',
    run: async (world) => {
      const [db, peer] = [await world.connect('a'), await world.connect('b')]
      const ids = newIds(2)
      const held = await hold(db, pay(...ids))
      world.cutCommit('a', 'answer')
      expect(codeOf(await held.commit())).toBe('COMMIT_UNKNOWN')
      expect(await paid(peer, ids)).toEqual(ids)
      expect(await paid(db, ids)).toEqual(ids)
    },
  },
  {
    name: 'a statement by itself whose answer was lost may be tried again, and all is there',
    run: async (world) => {
      const [db, peer] = [await world.connect('a'), await world.connect('b')]
      const ids = newIds(2)
      world.cutCommit('a', 'answer')
      const error = await outcomeOf(pay(...ids)(db as unknown as Tx))
      expect([error instanceof Error, isTransientDbError(error)]).toEqual([true, true])
      expect(await paid(peer, ids)).toEqual(ids)
    },
  },
  {
    name: 'what a dead client had written is gone, and its locks are free',
    run: async (world) => {
      const [db, peer] = [await world.connect('a'), await world.connect('b')]
      const [one = newId(), other = newId()] = newIds(2)
      await hold(db, pay(one, other))
      const later = peer.transaction(pay(one))
      await untilWaiting(world, 'b')
      await world.kill('a', 'lost')
      await later
      expect(await paid(peer, [one, other])).toEqual([one])
    },
  },
  {
    name: 'a client that dies while it waits leaves nothing behind',
    run: async (world) => {
      const [db, peer] = [await world.connect('a'), await world.connect('b')]
      const [one = newId(), other = newId()] = newIds(2)
      const held = await hold(db, pay(other))
      const dying = peer.transaction(async (tx) => {
        await pay(one)(tx)
        await pay(other)(tx)
      })
      dying.catch(() => undefined)
      await untilWaiting(world, 'b')
      await world.kill('b', 'lost')
      await db.transaction(pay(one))
      await held.rollback()
      expect(await paid(db, [one, other])).toEqual([one])
    },
  },
  {
    name: 'a commit that a client had sent before it died takes place behind its back',
    run: async (world) => {
      const [db, peer] = [await world.connect('a'), await world.connect('b')]
      const [one = newId(), other = newId()] = newIds(2)
      const held = await hold(db, pay(other))
      const dying = peer.transaction(async (tx) => {
        await pay(one)(tx)
        void pay(other)(tx).catch(() => undefined)
      })
      dying.catch(() => undefined)
      await untilWaiting(world, 'b')
      await world.kill('b', 'kept')
      await held.rollback()
      await eventually('both are there', async () => (await paid(db, [one, other])).length === 2)
    },
  },
  {
    name: 'a client that is silent in its transaction for too long loses it',
    // Of the other one as well.
    limits: { idleInTransactionTimeoutMs: 2_000 },
    run: async (world) => {
      const [db, peer] = [await world.connect('a'), await world.connect('b')]
      const id = newId()
      const held = await hold(db, pay(id))
      await peer.transaction(pay(id))
      const error = await held.commit()
      // It depends on whether the client has heard of it yet.
      expect(['COMMIT_UNKNOWN', '25P03']).toContain(codeOf(error))
      expect(isTransientDbError(error)).toBe(true)
      expect(await paid(db, [id])).toEqual([id])
    },
  },
  {
    name: 'an error frees what the transaction held, though the client has not ended it yet',
    run: async (world) => {
      const [db, peer] = [await world.connect('a'), await world.connect('b')]
      const id = newId()
      const held = await hold(db, async (tx) => {
        await pay(id)(tx)
        await outcomeOf(pay(id)(tx))
      })
      await peer.transaction(pay(id))
      expect(codeOf(await held.commit())).toBe('23505')
      expect(await paid(db, [id])).toEqual([id])
    },
  },
]
