// The store's conformance: what transactions write, see, and tell when they commit.
import { expect } from 'vitest'
import type { Db } from '../../messaging/db.ts'
import { addToOutbox, probeOutbox, readOutbox } from '../../messaging/outbox.ts'
import { insertPayments, refundPayments } from '../../services/payments/payments-store.ts'
import { orderMessage } from '../messaging/order-message.ts'
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
  taken,
} from './store-world.ts'

const notify = (on: Pick<Db, 'query'>, channel: string, payload: string) =>
  on.query({ name: 'notify', text: 'select pg_notify($1, $2)' }, [channel, payload])

export const storeTransactionCases: readonly StoreCase[] = [
  {
    name: 'statements that are not awaited commit in the order they were sent',
    run: async (world) => {
      const db = await world.connect('a')
      const [id] = [newId()]
      await db.transaction(async (tx) => {
        void pay(id)(tx)
        void refundPayments(tx, [id])
      })
      const again = await db.transaction((tx) => refundPayments(tx, [id]))
      expect([...again]).toEqual([])
    },
  },
  {
    name: 'a transaction whose statement fails commits nothing, and says what failed first',
    run: async (world) => {
      const db = await world.connect('a')
      const [one = newId(), other = newId()] = newIds(2)
      const answers: Promise<unknown>[] = []
      const failed = db.transaction(async (tx) => {
        for (const id of [one, one, other]) answers.push(outcomeOf(pay(id)(tx)))
      })
      const error = await outcomeOf(failed)
      expect(error).toMatchObject({ code: '23505', constraint: 'payments_pkey' })
      expect((await Promise.all(answers)).map(codeOf)).toEqual(['none', '23505', '25P02'])
      expect(await paid(db, [one, other])).toEqual([])
    },
  },
  {
    name: 'a transaction whose failed statement nobody minded is rolled back',
    run: async (world) => {
      const db = await world.connect('a')
      const id = newId()
      const swallowed = db.transaction(async (tx) => {
        await pay(id)(tx)
        await outcomeOf(pay(id)(tx))
      })
      expect(codeOf(await outcomeOf(swallowed))).toBe('23505')
      expect(await paid(db, [id])).toEqual([])
    },
  },
  {
    name: 'a check that does not hold refuses the whole statement',
    run: async (world) => {
      const db = await world.connect('a')
      const [one = newId(), other = newId()] = newIds(2)
      const refused = db.transaction((tx) =>
        insertPayments(tx, [taken(one), { ...taken(other), amount: 0 }]),
      )
      const error = await outcomeOf(refused)
      expect(error).toMatchObject({ code: '23514', constraint: 'payments_amount_check' })
      expect(await paid(db, [one, other])).toEqual([])
    },
  },
  {
    name: 'the connection of a transaction that threw serves the next one',
    limits: { connectionsMax: 1 },
    run: async (world) => {
      const db = await world.connect('a')
      const id = newId()
      const held = await hold(db, pay(id))
      expect(await held.rollback()).toMatchObject({ message: 'rolled back' })
      expect(await paid(db, [id])).toEqual([])
      await db.transaction(pay(id))
      expect(await paid(db, [id])).toEqual([id])
    },
  },
  {
    name: 'nobody sees what is not committed, and a later statement sees what is',
    run: async (world) => {
      const [db, peer] = [await world.connect('a'), await world.connect('b')]
      const id = newId()
      const held = await hold(db, pay(id))
      await peer.transaction(async (tx) => {
        const before = await paid(tx as unknown as Db, [id])
        await held.commit()
        expect([before, await paid(tx as unknown as Db, [id])]).toEqual([[], [id]])
      })
    },
  },
  {
    name: 'ids rise in the order of the rows and are not given back by a rollback',
    run: async (world) => {
      const db = await world.connect('a')
      const messages = [orderMessage('t', 1), orderMessage('t', 2)]
      const ids = async () => {
        const rows = await db.transaction((tx) => readOutbox(tx, 100))
        return rows.map(({ id, record }) => [Number(id), String(record.headers['ce_id'])] as const)
      }
      await db.transaction((tx) => addToOutbox(tx, messages))
      const held = await hold(db, (tx) => addToOutbox(tx, messages))
      await held.rollback()
      await db.transaction((tx) => addToOutbox(tx, messages))
      const [first, second, third, fourth] = (await ids()).slice(-4)
      expect(first?.[1]).toBe(third?.[1])
      expect(second?.[1]).toBe(fourth?.[1])
      expect(second?.[0]).toBe(Number(first?.[0]) + 1)
      expect(third?.[0]).toBe(Number(second?.[0]) + 3)
      expect(await probeOutbox(db)).toEqual({ hasRows: true, hasReplays: false })
    },
  },
  {
    name: 'a notification is heard after the commit, once, and in order; never after a rollback',
    run: async (world) => {
      const [db, peer] = [await world.connect('a'), await world.connect('b')]
      const heard: string[] = []
      const channel = `channel_${newId().replaceAll('-', '')}`
      const stop = await peer.listen(channel, (payload) => heard.push(payload))
      const rolledBack = await hold(db, (tx) => notify(tx, channel, 'never'))
      await rolledBack.rollback()
      const held = await hold(db, async (tx) => {
        for (const payload of ['1', '1', '2']) await notify(tx, channel, payload)
      })
      await notify(peer, channel, '0')
      await eventually('the first is heard', async () => heard.length > 0)
      await held.commit()
      await eventually('all are heard', async () => heard.length === 3)
      await stop()
      await notify(db, channel, 'after')
      expect(heard).toEqual(['0', '1', '2'])
    },
  },
  {
    name: 'callers beyond the connections of a pool wait for one',
    limits: { connectionsMax: 1 },
    run: async (world) => {
      const db = await world.connect('a')
      const id = newId()
      const held = await hold(db, pay(id))
      const later = paid(db, [id])
      await held.commit()
      expect(await later).toEqual([id])
      expect(await db.problem()).toBe(null)
    },
  },
]
