// What only the simulated store can be made to do: late commits, restarts, clients that never hear
// again, and statements that it does not know.
import { describe, expect, test } from 'vitest'
import { realClock } from '../../messaging/clock.ts'
import type { Db } from '../../messaging/db.ts'
import { lostConnection, statementError } from '../simulate/store/sim-errors.ts'
import type { SimServer, SimStep } from '../simulate/store/sim-seam.ts'
import { createSimServer } from '../simulate/store/sim-server.ts'
import { conformanceStatements } from './store-rows.ts'
import { codeOf, eventually, hold, newId, outcomeOf, paid, pay } from './store-world.ts'
import { createGate } from './subscriber.ts'

type Step = (at: SimStep) => Promise<void> | undefined

function open(step: Step = () => undefined): SimServer {
  return createSimServer({ clock: realClock, statements: conformanceStatements, step })
}

const wasSettled = async (promise: Promise<unknown>): Promise<boolean> => {
  let isSettled = false
  void outcomeOf(promise).then(() => {
    isSettled = true
  })
  for (let turn = 0; turn < 100; turn += 1) await Promise.resolve()
  return isSettled
}

describe('the simulated store', () => {
  test('can let a commit take place long after its client was told that it is unknown', async () => {
    const late = createGate()
    const server = open(async ({ owner, kind }) => {
      if (owner === null) await late.passed
      else if (owner === 'a' && kind === 'commit') throw lostConnection('kept')
    })
    const [db, peer] = [server.connect('d', 'a'), server.connect('d', 'b')]
    const id = newId()
    expect(codeOf(await outcomeOf(db.transaction(pay(id))))).toBe('COMMIT_UNKNOWN')
    expect(await paid(peer, [id])).toEqual([])
    late.open()
    await eventually('it is there', async () => (await paid(peer, [id])).length === 1)
  })

  test('lets nothing of a dead client go on, and settles none of its promises', async () => {
    const never = createGate()
    const server = open(({ owner, kind }) =>
      owner === 'a' && kind === 'commit' ? never.passed : undefined,
    )
    const [db, peer] = [server.connect('d', 'a'), server.connect('d', 'b')]
    const id = newId()
    const dying = db.transaction(pay(id))
    expect(await wasSettled(dying)).toBe(false)
    server.kill('a')
    const later = db.query({ name: 'conformance.payments', text: '' }, [[id]])
    expect(await paid(peer, [id])).toEqual([])
    never.open()
    expect([await wasSettled(dying), await wasSettled(later)]).toEqual([false, false])
    expect(await paid(peer, [id])).toEqual([])
    await server.connect('d', 'a').transaction(pay(id))
    expect(await paid(peer, [id])).toEqual([id])
  })

  test('works off what a dead client had sent, though none of its steps ever ends', async () => {
    const never = createGate()
    const server = open(({ owner, kind }) =>
      owner === 'b' && kind === 'lock' ? never.passed : undefined,
    )
    const [db, peer] = [server.connect('d', 'a'), server.connect('d', 'b')]
    const [one, other] = [newId(), newId()]
    const held = await hold(db, pay(one))
    void peer.transaction(async (tx) => {
      void pay(one)(tx)
      void pay(other)(tx)
    })
    await eventually('it waits', async () => server.database('d').waiting.size > 0)
    await held.rollback()
    server.kill('b', { sent: 'kept' })
    await eventually('both are there', async () => (await paid(db, [one, other])).length === 2)
  })

  test('loses at a restart what is not committed, and serves the same pools afterwards', async () => {
    const server = open()
    const db = server.connect('d', 'a')
    const heard: string[] = []
    await db.listen('channel', (payload) => heard.push(payload))
    const [one, other] = [newId(), newId()]
    await db.transaction(pay(one))
    const held = await hold(db, pay(other))
    server.restart()
    await notify(db, 'missed')
    expect(codeOf(await held.commit())).toBe('COMMIT_UNKNOWN')
    expect(await paid(db, [one, other])).toEqual([one])
    await eventually('it listens again', async () => {
      await notify(db, 'heard')
      return heard.length > 0
    })
    expect(heard).not.toContain('missed')
  })

  test('fails a statement as a step wants it, and the connection goes on', async () => {
    let isFull = true
    const server = open(({ kind }) => {
      if (kind === 'statement' && isFull) throw statementError('53100', 'disk full')
      return undefined
    })
    const db = server.connect('d', 'a')
    const id = newId()
    expect(codeOf(await outcomeOf(db.transaction(pay(id))))).toBe('53100')
    isFull = false
    expect(await paid(db, [id])).toEqual([])
  })

  test('tells of a statement that it does not know', async () => {
    const bugs: string[] = []
    const onBug = (error: Error) => bugs.push(error.message)
    const db = createSimServer({ clock: realClock, onBug }).connect('d', 'a')
    await outcomeOf(db.query({ name: 'locks.list', text: 'select' }, []))
    expect(bugs).toEqual(['the simulated store does not know the statement locks.list'])
  })
})

const notify = (db: Db, payload: string) =>
  db.query({ name: 'notify', text: 'select pg_notify($1, $2)' }, ['channel', payload])
