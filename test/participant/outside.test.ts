// Effects outside of the database, on real Postgres: that it is asked for is committed before the
// call, what came of it after it, and whatever may have been called is asked about first.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { realClock } from '../../messaging/clock.ts'
import { silentLog } from '../../messaging/log.ts'
import type { Message, SagaId } from '../../messaging/message.ts'
import {
  createParticipant,
  type Participant,
  type ParticipantOptions,
} from '../../participant/index.ts'
import { bookOf, bookSql, CardNetwork, cardHandlers } from './card-network.ts'
import { commandMessage, createStubBus, newSagaId, type StubBus } from './stub-bus.ts'
import { createTestDatabase, type TestDatabase } from './test-database.ts'

let database: TestDatabase
let network: CardNetwork
const running: Participant[] = []
const dead: Participant[] = []
/** Ends the calls of those that died in one. */
const released = new AbortController()

beforeAll(async () => {
  database = await createTestDatabase(['messaging', 'participant'], bookSql)
})
beforeEach(() => {
  network = new CardNetwork()
})
afterEach(() => Promise.all(running.splice(0).map((participant) => participant.stop())))
afterAll(async () => {
  await stopDead()
  await database.drop()
})

async function startCards(
  isRefundOutside = true,
  options: Partial<ParticipantOptions> = {},
): Promise<StubBus> {
  const bus = createStubBus()
  const participant = createParticipant({
    service: 'cards',
    commands: cardHandlers(network, isRefundOutside),
    backoff: { initialMs: 1, maxMs: 2 },
    attempts: 2,
    ...options,
  })
  await participant.start({ db: database.db, bus, log: silentLog, clock: realClock })
  running.push(participant)
  return bus
}

const chargeOf = (sagaId: SagaId, amount = 5): Message =>
  commandMessage({ sagaId, type: 'card.charge', data: { amount } })
const refundOf = (sagaId: SagaId, amount = 5): Message =>
  commandMessage({ sagaId, type: 'card.refund', direction: 'undo', data: { amount } })

const outcomes = (bus: StubBus) => bus.replies().map(({ outcome }) => outcome)

async function fenceOf(sagaId: SagaId): Promise<unknown> {
  const { rows } = await database.db.query('select state from fence where saga_id = $1', [sagaId])
  return rows[0]?.['state']
}

/** As a process that dies in the middle of a call: nothing of it is heard any more. */
async function dieIn(when: 'before' | 'after', sagaId: SagaId): Promise<void> {
  const dying = await startCards()
  const { promise: isThere, resolve: arrive } = Promise.withResolvers<void>()
  network[when] = () => {
    arrive()
    return new Promise((_, reject) => {
      released.signal.addEventListener('abort', () => reject(new Error('it is dead')))
    })
  }
  void dying.deliver(chargeOf(sagaId)).catch(() => undefined)
  await isThere
  network[when] = () => undefined
  dead.push(...running.splice(0))
}

/** So that nothing of them is left when the file ends. */
async function stopDead(): Promise<void> {
  const stopped = dead.map((participant) => participant.stop())
  released.abort()
  await Promise.all(stopped)
}

describe('a command for outside', () => {
  test('is on record while it is called, without a transaction, and done when that is committed', async () => {
    const bus = await startCards()
    const sagaId = newSagaId()
    network.before = async () => {
      expect(await fenceOf(sagaId)).toBe('asked')
      const { rows } = await database.db.query(
        `select 1 from pg_stat_activity
         where datname = current_database() and state like 'idle in transaction%'`,
      )
      expect(rows).toEqual([])
    }
    await bus.deliver(chargeOf(sagaId))
    expect(bus.replies()).toMatchObject([{ outcome: 'succeeded', data: { receipt: 'r-1' } }])
    expect(network.heardOf(sagaId)).toEqual(['call do/1'])
    expect([await fenceOf(sagaId), await bookOf(database.db, sagaId)]).toEqual(['done', ['charge']])
  })

  test('that comes again is answered from the fence, and with another body is parked', async () => {
    const bus = await startCards()
    const sagaId = newSagaId()
    for (let times = 0; times < 3; times += 1) await bus.deliver(chargeOf(sagaId))
    await bus.deliver(chargeOf(sagaId, 6))
    expect(bus.replies().map(({ data }) => data)).toEqual(Array(3).fill({ receipt: 'r-1' }))
    expect(network.heardOf(sagaId)).toEqual(['call do/1'])
  })

  test('that is declined is refused, and has nothing to undo', async () => {
    const bus = await startCards()
    const sagaId = newSagaId()
    await bus.deliver(chargeOf(sagaId, 2_000), refundOf(sagaId, 2_000))
    await bus.deliver(refundOf(sagaId, 2_000))
    expect(bus.replies().map(({ outcome, data }) => [outcome, data])).toEqual(
      expect.arrayContaining([
        ['refused', 'no-funds'],
        ['succeeded', null],
      ]),
    )
    expect(network.heardOf(sagaId)).not.toContain('call undo/1')
    expect(await bookOf(database.db, sagaId)).toEqual(['declined'])
  })

  test('does not keep the others of its batch', async () => {
    const bus = await startCards()
    const [slow, quick] = [newSagaId(), newSagaId()]
    const { promise: isOpen, resolve: open } = Promise.withResolvers<void>()
    network.before = (key) => (key.startsWith(slow) ? isOpen : undefined)
    const settled = bus.deliver(chargeOf(slow), chargeOf(quick))
    await expect.poll(() => bus.replies()).toMatchObject([{ key: quick }])
    open()
    await settled
    expect(outcomes(bus)).toEqual(['succeeded', 'succeeded'])
  })

  test('of many has its turn', async () => {
    const bus = await startCards()
    const sagas = Array.from({ length: 120 }, newSagaId)
    await bus.deliver(...sagas.map((sagaId) => chargeOf(sagaId)))
    expect(outcomes(bus)).toEqual(Array(120).fill('succeeded'))
  })
})

describe('after a crash', () => {
  test('in the call, before it took effect, it is asked about, then called under the same key', async () => {
    const sagaId = newSagaId()
    await dieIn('before', sagaId)
    const heir = await startCards()
    await heir.deliver(chargeOf(sagaId))
    expect(network.heardOf(sagaId)).toEqual(['call do/1', 'ask do/1', 'call do/1'])
    expect(outcomes(heir)).toEqual(['succeeded'])
    expect([network.balance(sagaId), await bookOf(database.db, sagaId)]).toEqual([1, ['charge']])
  })

  test('after it took effect it is asked about, and not called again', async () => {
    const sagaId = newSagaId()
    await dieIn('after', sagaId)
    expect(await fenceOf(sagaId)).toBe('asked')
    const heir = await startCards()
    await heir.deliver(chargeOf(sagaId))
    expect(network.heardOf(sagaId)).toEqual(['call do/1', 'ask do/1'])
    expect(heir.replies()).toMatchObject([{ outcome: 'succeeded', data: { receipt: 'r-1' } }])
    expect(await bookOf(database.db, sagaId)).toEqual(['charge'])
  })

  test('an answer that is lost is asked for, by the same process', async () => {
    const bus = await startCards()
    const sagaId = newSagaId()
    network.after = () => {
      network.after = () => undefined
      throw new Error('the answer is lost')
    }
    await bus.deliver(chargeOf(sagaId))
    expect(network.heardOf(sagaId)).toEqual(['call do/1', 'ask do/1'])
    expect(outcomes(bus)).toEqual(['succeeded'])
  })

  test('when its tries are used up it is answered as failed, and asked about when it is sent again', async () => {
    const bus = await startCards()
    const sagaId = newSagaId()
    network.after = () => {
      throw new Error('no answer')
    }
    network.beforeAsked = () => {
      throw new Error('no answer either')
    }
    await bus.deliver(chargeOf(sagaId))
    expect(bus.replies()).toMatchObject([{ outcome: 'failed', data: { code: 'HANDLER_FAILED' } }])
    expect(await fenceOf(sagaId)).toBe('asked')
    network.beforeAsked = () => undefined
    const heir = await startCards()
    await heir.deliver({ ...chargeOf(sagaId), attempt: 2 })
    expect(network.heardOf(sagaId)).toEqual(['call do/1', 'ask do/1', 'ask do/1'])
    expect([outcomes(heir), network.balance(sagaId)]).toEqual([['succeeded'], 1])
  })
})

describe('trouble of the others is none of the database:', () => {
  const never = new Promise<void>(() => undefined)
  const refusing = (code: string) => () => {
    throw Object.assign(new Error(`connect ${code}`), { code })
  }

  test.each([
    ['a call that is refused', 'before', refusing('ECONNREFUSED'), 'HANDLER_FAILED'],
    ['a call that ends in a timeout', 'before', refusing('ETIMEDOUT'), 'HANDLER_FAILED'],
    ['a call that is not answered', 'before', () => never, 'HANDLER_TIMEOUT'],
    ['what it writes down elsewhere', 'settling', refusing('ECONNRESET'), 'HANDLER_FAILED'],
  ] as const)('%s is answered as failed, and keeps nobody', async (_, when, fail, code) => {
    // Of the good one as well.
    const bus = await startCards(true, { handlerMsMax: 2_000 })
    const [bad, good] = [newSagaId(), newSagaId()]
    network[when] = (key) => (key.startsWith(bad) ? fail() : undefined)
    await bus.deliver(chargeOf(bad), chargeOf(good))
    const replies = new Map(bus.replies().map((reply) => [reply.key, reply]))
    expect(replies.get(good)).toMatchObject({ outcome: 'succeeded' })
    expect(replies.get(bad)).toMatchObject({ outcome: 'failed', data: { code } })
  })

  test('an undo in the database alone, of what nobody knows about, is answered as failed', async () => {
    const sagaId = newSagaId()
    await dieIn('after', sagaId)
    const heir = await startCards(false)
    network.settling = (key) => (key.includes('undo') ? refusing('ECONNREFUSED')() : undefined)
    await heir.deliver(refundOf(sagaId))
    expect(heir.replies()).toMatchObject([{ outcome: 'failed', data: { code: 'HANDLER_FAILED' } }])
  })
})

describe.each([
  ['outside as well', true],
  ['in the database alone', false],
])('its undo, %s,', (_, isRefundOutside) => {
  const refunds = isRefundOutside ? 0 : 1

  test('is done once, and answered again', async () => {
    const bus = await startCards(isRefundOutside)
    const sagaId = newSagaId()
    await bus.deliver(chargeOf(sagaId))
    for (let times = 0; times < 2; times += 1) await bus.deliver(refundOf(sagaId))
    expect(outcomes(bus)).toEqual(Array(3).fill('succeeded'))
    expect([network.balance(sagaId), await fenceOf(sagaId)]).toEqual([refunds, 'undone'])
    expect(await bookOf(database.db, sagaId)).toEqual(['charge', 'refund'])
  })

  test('that comes first blocks it: it is never called', async () => {
    const bus = await startCards(isRefundOutside)
    const sagaId = newSagaId()
    await bus.deliver(refundOf(sagaId))
    await bus.deliver(chargeOf(sagaId))
    expect(bus.replies()).toMatchObject([
      { outcome: 'succeeded' },
      { outcome: 'refused', data: { code: 'UNDONE_BEFORE_DONE' } },
    ])
    expect(network.heardOf(sagaId)).toEqual([])
  })

  test.each(['before', 'after'] as const)(
    'that comes while nobody knows whether it was done (a crash %s its effect) settles that first',
    async (when) => {
      const sagaId = newSagaId()
      await dieIn(when, sagaId)
      const heir = await startCards(isRefundOutside)
      await heir.deliver(refundOf(sagaId))
      expect(outcomes(heir)).toEqual(['succeeded'])
      expect([network.balance(sagaId), await fenceOf(sagaId)]).toEqual([refunds, 'undone'])
      expect(await bookOf(database.db, sagaId)).toEqual(['charge', 'refund'])
      // The one that was thought dead goes on: under the same key, so nothing happens.
      await network.call({ ...chargeOf(sagaId), payload: { amount: 5 } } as never)
      await heir.deliver(chargeOf(sagaId))
      expect([network.balance(sagaId), await fenceOf(sagaId)]).toEqual([refunds, 'undone'])
    },
  )
})

test('what nobody can ask about any more is answered as failed, never guessed at', async () => {
  const sagaId = newSagaId()
  await dieIn('after', sagaId)
  const bus = createStubBus()
  const [, refunding] = cardHandlers(network, false)
  const commands = refunding === undefined ? [] : [refunding]
  const participant = createParticipant({ service: 'cards', commands, attempts: 1 })
  await participant.start({ db: database.db, bus, log: silentLog, clock: realClock })
  running.push(participant)
  await bus.deliver(refundOf(sagaId))
  expect(bus.replies()).toMatchObject([{ outcome: 'failed', data: { code: 'OUTSIDE_UNSETTLED' } }])
  expect([await fenceOf(sagaId), await bookOf(database.db, sagaId)]).toEqual(['asked', []])
})

test('two instances with the same commands at once have one effect and one row', async () => {
  const buses = await Promise.all([startCards(), startCards()])
  const sagas = Array.from({ length: 30 }, newSagaId)
  const messages = sagas.flatMap((sagaId, at) =>
    at % 2 === 0 ? [chargeOf(sagaId)] : [chargeOf(sagaId), refundOf(sagaId)],
  )
  await Promise.all(buses.map((bus) => bus.deliver(...messages)))
  for (const [at, sagaId] of sagas.entries()) {
    const isUndone = at % 2 === 1
    expect(network.balance(sagaId)).toBe(isUndone ? 0 : 1)
    expect(await bookOf(database.db, sagaId)).toEqual(isUndone ? ['charge', 'refund'] : ['charge'])
  }
})

test('a participant that stops lets a call end, and begins none', async () => {
  const bus = await startCards()
  const sagaId = newSagaId()
  const { promise: isThere, resolve: arrive } = Promise.withResolvers<void>()
  const { promise: isOpen, resolve: open } = Promise.withResolvers<void>()
  network.before = () => {
    arrive()
    return isOpen
  }
  const settled = bus.deliver(chargeOf(sagaId))
  await isThere
  const stopped = running.pop()?.stop()
  open()
  await Promise.all([settled, stopped])
  expect([outcomes(bus), await fenceOf(sagaId)]).toEqual([['succeeded'], 'done'])
})
