// The outbox loses nothing and keeps order, on real Postgres.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { decodeMessage } from '../../messaging/envelope.ts'
import { silentLog } from '../../messaging/log.ts'
import type { Message } from '../../messaging/message.ts'
import { messagingMigrations, migrate } from '../../messaging/migrate.ts'
import { addToOutbox, probeOutbox } from '../../messaging/outbox.ts'
import { OutboxRelay, type OutboxRelayOptions } from '../../messaging/outbox-relay.ts'
import { createPublisher, type Publisher } from '../../messaging/publisher.ts'
import { createMemoryBroker, type MemoryBroker } from '../../testing/memory-bus.ts'
import { listDeadLetters } from './list-dead-letters.ts'
import { orderMessage } from './order-message.ts'
import { createTestDatabase, type TestDatabase } from './servers.ts'

const topic = 'orders.events'

let database: TestDatabase
let broker: MemoryBroker
let publisher: Publisher
const relays: OutboxRelay[] = []

beforeAll(async () => {
  database = await createTestDatabase()
  await migrate({ url: database.url, sets: [messagingMigrations], log: silentLog })
})
afterAll(() => database?.drop())
beforeEach(async () => {
  broker = createMemoryBroker()
  const bus = broker.connect()
  await bus.start()
  await bus.ensureTopics([{ name: topic, partitions: 1, replicationFactor: 1 }])
  publisher = createPublisher({ bus, log: silentLog })
})
afterEach(async () => {
  await Promise.all(relays.splice(0).map((relay) => relay.stop()))
  await publisher.stop()
})

async function startRelay(options: Partial<OutboxRelayOptions> = {}): Promise<OutboxRelay> {
  const relay = new OutboxRelay({ db: database.db, publisher, log: silentLog, ...options })
  relays.push(relay)
  await relay.start()
  return relay
}

const message = (at: number): Message => ({ ...orderMessage(topic, at), key: 'one key' })

function add(...messages: readonly Message[]): Promise<void> {
  return database.db.transaction((tx) => addToOutbox(tx, messages))
}

function published(): readonly number[] {
  return (broker.records(topic)[0] ?? []).map((record) => {
    const decoded = decodeMessage(record)
    if ('problem' in decoded) throw new Error(decoded.problem)
    return Number(decoded.sagaId?.slice(-12))
  })
}

async function untilEmpty(): Promise<void> {
  const deadline = Date.now() + 20_000
  while ((await probeOutbox(database.db)).hasRows) {
    if (Date.now() > deadline) throw new Error('The outbox was not emptied')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

describe('the outbox', () => {
  test('a message is published as it was added, after the commit', async () => {
    const relay = await startRelay({ pollMsMin: 10_000, pollMsMax: 10_000 })
    await add(message(1), message(2))
    relay.wake()
    await untilEmpty()
    expect(published()).toEqual([1, 2])
    const [record] = broker.records(topic)[0] ?? []
    expect(record && decodeMessage(record)).toEqual(message(1))
  })

  test('what rolls back is not published', async () => {
    const relay = await startRelay()
    const failed = database.db.transaction(async (tx) => {
      await addToOutbox(tx, [message(1)])
      throw new Error('changed my mind')
    })
    await expect(failed).rejects.toThrow('changed my mind')
    await add(message(2))
    relay.wake()
    await untilEmpty()
    expect(published()).toEqual([2])
  })

  test('a message that is too large fails the transaction that adds it', async () => {
    const huge = { ...message(1), data: 'x'.repeat(300_000) }
    await expect(add(message(2), huge)).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE' })
    expect((await probeOutbox(database.db)).hasRows).toBe(false)
  })

  test('leftovers are found without a wake', async () => {
    await add(message(1))
    await startRelay()
    await untilEmpty()
    expect(published()).toEqual([1])
  })

  test('several relays publish each row once and in order, also while rows are added', async () => {
    const all = Array.from({ length: 60 }, (_, at) => at)
    await Promise.all([1, 2, 3].map(() => startRelay({ batchRowsMax: 7, pollMsMin: 1 })))
    for (const at of all) {
      await add(message(at))
      for (const relay of relays) relay.wake()
    }
    await untilEmpty()
    expect(published()).toEqual(all)
  })

  test('a row that commits late is not skipped', async () => {
    const relay = await startRelay()
    let commit = () => {}
    const committing = new Promise<void>((resolve) => {
      commit = resolve
    })
    let isAdded = () => {}
    const added = new Promise<void>((resolve) => {
      isAdded = resolve
    })
    const late = database.db.transaction(async (tx) => {
      await addToOutbox(tx, [message(1)])
      isAdded()
      await committing
    })
    await added
    await add(message(2))
    relay.wake()
    await untilEmpty()
    expect(published()).toEqual([2])
    commit()
    await late
    await untilEmpty()
    expect(published()).toEqual([2, 1])
  })

  test.each(['outbox.after-publish-before-delete', 'outbox.after-delete-before-commit'])(
    'a crash at %s repeats and loses nothing',
    async (point) => {
      let crashes = 1
      const onPoint = async (name: string) => {
        if (name === point && crashes-- > 0) throw new Error('crash')
      }
      await add(message(1), message(2))
      await startRelay({ onPoint })
      await untilEmpty()
      expect(published()).toEqual([1, 2, 1, 2])
    },
  )

  test('a broker that is away for a while delays, and loses nothing', async () => {
    broker.kill()
    await startRelay()
    await add(message(1), message(2))
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect((await probeOutbox(database.db)).hasRows).toBe(true)
    broker.start()
    await untilEmpty()
    expect([...new Set(published())]).toEqual([1, 2])
  })

  test('a row that can never be published is parked, and the others go on', async () => {
    await database.db.query(
      `insert into outbox (topic, key, headers, value) values ($1, 'k', '{}', 'no message')`,
      [topic],
    )
    await add(message(3))
    await startRelay()
    await untilEmpty()
    expect(published()).toEqual([3])
    const [letter] = await listDeadLetters(database.db, { limit: 10 })
    expect(letter).toMatchObject({ consumer: 'outbox', code: 'MESSAGE_MALFORMED' })
    expect(letter?.record.value?.toString()).toBe('no message')
  })

  test('rows of a missing topic hold up nobody, and are parked in the end', async () => {
    const bus = broker.connect()
    await bus.start()
    const impatient = createPublisher({ bus, log: silentLog, missingMsMax: 7_000 })
    await add({ ...message(1), topic: 'not.there' }, message(2))
    await startRelay({ publisher: impatient, batchRowsMax: 2 })
    await expect.poll(published, { timeout: 8_000 }).toEqual([2])
    await add(message(3))
    await expect.poll(published, { timeout: 8_000 }).toEqual([2, 3])
    await untilEmpty()
    expect(published()).toEqual([2, 3])
    const letters = await listDeadLetters(database.db, { limit: 10 })
    expect(letters.at(-1)).toMatchObject({ consumer: 'outbox', code: 'TOPIC_UNAVAILABLE' })
    await impatient.stop()
  }, 30_000)

  test('stop ends it, and what is left goes out at the next start', async () => {
    const first = await startRelay()
    await Promise.all([first.stop(), first.stop()])
    await add(message(1))
    first.wake()
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(published()).toEqual([])
    await startRelay()
    await untilEmpty()
    expect(published()).toEqual([1])
  })
})
