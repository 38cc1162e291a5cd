// Whoever follows the events while Postgres takes long: reads no more than it may keep, and all of it is
// kept once Postgres answers.
import { expect, it } from 'vitest'
import type { Bus, Handled, IncomingRecord, SubscribeOptions } from '../../messaging/bus.ts'
import { noKeys } from '../../messaging/cipher.ts'
import { realClock } from '../../messaging/clock.ts'
import type { Db } from '../../messaging/db.ts'
import { silentLog } from '../../messaging/log.ts'
import { eventsTopic } from '../../messaging/topics.ts'
import { createRegistry } from '../../orchestrator/definition/registry.ts'
import { Follower } from '../../orchestrator/follow/follower.ts'
import { createRowCipher } from '../../orchestrator/store/row-cipher.ts'
import { createStubBus, toIncoming } from '../participant/stub-bus.ts'
import { awaitUntil } from '../system/await-until.ts'

const batchRecords = 500
/** As in follower.ts. */
const waitingBatches = 16

let sagas = 0

/** Of another saga each, and with nothing that statistics count. */
function batch(): readonly IncomingRecord[] {
  return Array.from({ length: batchRecords }, () => {
    sagas += 1
    const key = `0198c5a0-0000-7000-8000-${String(sagas).padStart(12, '0')}`
    return toIncoming({ topic: eventsTopic, key, value: null, headers: {} }, BigInt(sagas))
  })
}

/** Hands batches over, and shows when the next one may come. */
function stubBus() {
  let options: SubscribeOptions | null = null
  const stub = createStubBus()
  const bus: Bus = {
    ...stub,
    subscribe: (given) => {
      options = given
      return stub.subscribe(given)
    },
  }
  const handle = (records: readonly IncomingRecord[]): Promise<Handled> => {
    if (options === null) throw new Error('nobody has subscribed')
    return options.handle(records)
  }
  return { bus, handle, isJoined: () => options !== null }
}

/** Its transactions end when the gate opens. */
function slowDb(gate: Promise<void>) {
  const seen = { transactions: 0 }
  const db = {
    query: async () => ({ rows: [], rowCount: 0 }),
    transaction: async () => {
      seen.transactions += 1
      await gate
      return 0
    },
  } as unknown as Db
  return { db, seen }
}

it('reads no more than it may keep while a go takes long', async () => {
  const gate = Promise.withResolvers<void>()
  const { bus, handle, isJoined } = stubBus()
  const { db, seen } = slowDb(gate.promise)
  const rows = createRowCipher(createRegistry([]), noKeys)
  const follower = new Follower({ bus, db, rows, clock: realClock, log: silentLog })
  follower.start()
  await awaitUntil('it has joined', async () => isJoined())
  // A go has these, and stays with them.
  const first = await handle(batch())
  await awaitUntil('a go is under way', async () => seen.transactions === 1)
  let read = 0
  const handled: Handled[] = []
  const readAll = async () => {
    for (let at = 0; at < waitingBatches + 4; at += 1) {
      handled.push(await handle(batch()))
      read += 1
    }
  }
  const reading = readAll()
  await awaitUntil('it has read what it may', async () => read >= waitingBatches - 1)
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve))
  // The one that fills it is handed over, and not answered for.
  expect(read).toBe(waitingBatches - 1)
  expect(seen.transactions).toBe(1)
  gate.resolve()
  await reading
  await Promise.all([first, ...handled].map(({ settled }) => settled))
  await follower.stop()
}, 30_000)
