// Events that are held for an instance with their definition or key: what cannot be taken here stays,
// and does not keep the rest from being taken.
import { afterAll, afterEach, beforeAll, expect, inject, it } from 'vitest'
import type { IncomingRecord } from '../../messaging/bus.ts'
import { noKeys } from '../../messaging/cipher.ts'
import { realClock } from '../../messaging/clock.ts'
import type { Db } from '../../messaging/db.ts'
import { messagingError, type SagalineError } from '../../messaging/errors.ts'
import { type Log, silentLog } from '../../messaging/log.ts'
import type { MessageId, SagaId } from '../../messaging/message.ts'
import { noMetrics } from '../../messaging/metrics.ts'
import { migrate } from '../../messaging/migrate.ts'
import type { Incoming } from '../../orchestrator/coordinator/fold-sagas.ts'
import { HeldEventsPoller } from '../../orchestrator/coordinator/held-events-poller.ts'
import { createSagaMetrics } from '../../orchestrator/coordinator/saga-metrics.ts'
import { createRegistry } from '../../orchestrator/definition/registry.ts'
import { advance } from '../../orchestrator/engine/advance.ts'
import { orchestratorMigrations } from '../../orchestrator/migrate-orchestrator.ts'
import { noPoint } from '../../orchestrator/points.ts'
import { holdEvents } from '../../orchestrator/store/held-events.ts'
import { insertSagas } from '../../orchestrator/store/insert-sagas.ts'
import { createRowCipher } from '../../orchestrator/store/row-cipher.ts'
import { listDeadLetters } from '../messaging/list-dead-letters.ts'
import { awaitUntil } from '../system/await-until.ts'
import { openTestDatabases } from '../system/test-databases.ts'
import { shipParcel } from './parcels.ts'
import { cipherOf } from './sensitive-sagas.ts'

const databases = openTestDatabases(inject('postgresUrl'))
const sagaId = '01900000-0000-7000-8000-000000000001' as SagaId
const definition = shipParcel()
const registry = createRegistry([definition])
const rowsWith = (...keys: readonly number[]) => createRowCipher(registry, cipherOf(...keys))
let db: Db
const running = new Set<HeldEventsPoller>()

beforeAll(async () => {
  const url = await databases.create('held_events')
  await migrate({ url, sets: orchestratorMigrations, log: silentLog })
  db = databases.open(url)
  const event = { type: 'started', sagaId, input: { parcel: 'p' } } as const
  const { saga, facts } = advance(definition, null, event, 0)
  const searchKeys = { businessKey: null, correlationId: null, attributes: {} }
  const row = { ...searchKeys, wakeAt: null, key: null, bodyHash: null }
  const history = { saga, event, facts, at: 0, businessKey: null }
  await insertSagas(db, {
    batchId: realClock.newId(),
    sagas: [{ saga, history: [history], definitionHash: definition.hash, ...row }],
    rows: createRowCipher(registry, noKeys),
  })
})
afterEach(async () => {
  await Promise.all([...running].map((poller) => poller.stop()))
  running.clear()
  await db.query('delete from held_events')
})
afterAll(() => databases.dropAll())

const numbered = (at: number): Incoming => ({
  sagaId,
  event: { type: 'woken' },
  cause: `m${at}` as MessageId,
})

const recordOf = ({ cause }: Incoming): IncomingRecord => ({
  topic: 'sagaline.signals',
  partition: 3,
  offset: BigInt(String(cause).slice(1)),
  key: Buffer.from(sagaId),
  value: Buffer.from('any bytes'),
  headers: { ce_id: Buffer.from(String(cause)) },
  timestamp: new Date('2026-05-01T10:00:00.000Z'),
})

const hold = (key: number, events: readonly Incoming[]) =>
  holdEvents(
    db,
    rowsWith(key),
    events.map((event) => ({ ...event, record: recordOf(event) })),
  )
const many = (count: number) => Array.from({ length: count }, (_, at) => numbered(at))

async function held(): Promise<readonly (string | null)[]> {
  const { rows } = await db.query<{ readonly cause: string }>(
    'select cause from held_events order by id',
  )
  return rows.map(({ cause }) => cause)
}

/** It has key 1 alone. `problem` says what becomes of an event. */
function startPoller(
  problem: (event: Incoming) => SagalineError | null = () => null,
  publish: (event: Incoming) => Promise<void> = () => Promise.resolve(),
) {
  const taken: (string | null)[] = []
  const left: unknown[] = []
  const warn: Log['warn'] = (name, fields) => {
    if (name === 'held.events.left') left.push(fields?.['events'])
  }
  const take = async (events: readonly Incoming[]) => {
    taken.push(...events.map(({ cause }) => cause))
    return events.map((event) => ({ problem: problem(event), published: publish(event) }))
  }
  const poller = new HeldEventsPoller({
    db,
    cipher: noKeys,
    registry,
    rows: rowsWith(1),
    sagas: { advance: take } as never,
    clock: realClock,
    log: { ...silentLog, warn },
    meters: createSagaMetrics(noMetrics),
    onPoint: noPoint,
  })
  running.add(poller)
  poller.start()
  return { taken, left }
}

it('hundreds that cannot be read here do not keep the others waiting, and are counted', async () => {
  await hold(9, many(450))
  await hold(1, [numbered(1_000)])
  const { taken, left } = startPoller()
  await awaitUntil('the last one is taken', async () => taken.length > 0)
  expect(taken).toEqual(['m1000'])
  await awaitUntil('they are counted', async () => left.length > 0)
  expect(left).toEqual([450])
  await awaitUntil('the others stay', async () => (await held()).length === 450)
})

it('what comes later is taken as well, though others stay at the head', async () => {
  await hold(9, many(3))
  const { taken, left } = startPoller()
  await awaitUntil('they were seen', async () => left.length > 0)
  await hold(1, [numbered(5), numbered(6)])
  await awaitUntil('the later ones are gone', async () => (await held()).length === 3)
  expect(taken).toEqual(['m5', 'm6'])
})

it.each([
  ['the key of its saga is missing', messagingError('ENCRYPTION_KEY_UNKNOWN', { id: 'k9' })],
  ['its saga cannot be read', messagingError('ENCRYPTED_TEXT_INVALID', { problem: 'changed' })],
])('an event stays as long as %s here', async (_, error) => {
  let isMissing = true
  await hold(1, [numbered(1), numbered(2)])
  const { taken, left } = startPoller(({ cause }) => (cause === 'm1' && isMissing ? error : null))
  await awaitUntil('it is left', async () => left.length > 0)
  await awaitUntil('it alone stays', async () => (await held()).join() === 'm1')
  isMissing = false
  await awaitUntil('it is taken', async () => (await held()).length === 0)
  expect(taken.filter((cause) => cause === 'm2')).toHaveLength(1)
})

it('an event that its saga refuses is parked with its record', async () => {
  await hold(1, [numbered(1)])
  startPoller(() => messagingError('MESSAGE_TOO_LARGE', {}))
  await awaitUntil('it is gone', async () => (await held()).length === 0)
  const [letter, ...others] = await listDeadLetters(db, { limit: 10 })
  expect(others).toEqual([])
  expect(letter).toMatchObject({ code: 'MESSAGE_TOO_LARGE', record: recordOf(numbered(1)) })
})

it('one that an older release held, without its record, is let go when it is refused', async () => {
  await hold(1, [numbered(1)])
  await db.query('update held_events set record = null')
  const before = (await listDeadLetters(db, { limit: 10 })).length
  const { taken } = startPoller(() => messagingError('MESSAGE_TOO_LARGE', {}))
  await awaitUntil('it is gone', async () => (await held()).length === 0)
  expect(taken).toEqual(['m1'])
  expect(await listDeadLetters(db, { limit: 10 })).toHaveLength(before)
})

it('an event that its saga takes later stays until then, and is not taken again', async () => {
  const later = Promise.withResolvers<void>()
  await hold(1, [numbered(1), numbered(2)])
  const publish = ({ cause }: Incoming) => (cause === 'm1' ? later.promise : Promise.resolve())
  const { taken } = startPoller(() => null, publish)
  await awaitUntil('the other one is gone', async () => !(await held()).includes('m2'))
  await hold(1, [numbered(3)])
  await awaitUntil('one that came later is gone', async () => taken.includes('m3'))
  expect(await held()).toContain('m1')
  later.resolve()
  await awaitUntil('it is gone', async () => (await held()).length === 0)
  expect(taken).toEqual(['m1', 'm2', 'm3'])
})
