// An instance that has the definition of a saga but not the key of its row: it moves nothing, and
// what comes for the saga meanwhile is not lost.
import { afterEach, beforeEach, expect, it } from 'vitest'
import { realClock } from '../../messaging/clock.ts'
import { encodeMessage } from '../../messaging/envelope.ts'
import type { MessageId } from '../../messaging/message.ts'
import { defineSaga } from '../../orchestrator/index.ts'
import { awaitUntil } from '../system/await-until.ts'
import { EngineWorld } from './engine-world.ts'
import { announce, neverMs } from './parcels.ts'
import { cipherOf, Gift, giftEventsTopic, giftHandlers, sendGift } from './sensitive-sagas.ts'

const askFirst = defineSaga({
  name: 'ask-first',
  version: 1,
  input: Gift,
  steps: [
    { name: 'ask', approval: { by: 'ann', deadlineMs: neverMs } },
    { name: 'announce', kind: 'pivot', send: announce, with: () => ({ parcel: 'a gift' }) },
  ],
})
const definitions = [sendGift, askFirst]
let world: EngineWorld

beforeEach(async () => {
  world = await EngineWorld.start(definitions, [giftEventsTopic])
}, 60_000)
afterEach(() => world.stop())

const rowsOf = async (table: string) =>
  (await world.sagasDb.query(`select 1 from ${table}`)).rowCount ?? 0

it('replies are held for an instance that has the key', async () => {
  const starter = await world.startOrchestrator({ definitions, cipher: cipherOf(1) })
  const gifts = Array.from({ length: 20 }, () => ({ card: 'canary-4111', note: 'works' }))
  const start = (gift: (typeof gifts)[number]) =>
    starter.client.start('send-gift', gift, { key: realClock.newId() })
  await Promise.all(gifts.map(start))
  await awaitUntil('all is published', async () => (await rowsOf('publish_batches')) === 0)
  await starter.stop()

  // It reads the replies, but not the sagas.
  await world.startOrchestrator({ definitions, cipher: cipherOf(9) })
  const { handlers: commands } = giftHandlers()
  await world.startParcels({ commands, cipher: cipherOf(9, 1), attempts: 1 })
  await awaitUntil('replies are held', async () => (await rowsOf('held_events')) === gifts.length)
  const { rows: held } = await world.sagasDb.query('select event from held_events')
  expect(JSON.stringify(held)).not.toContain('canary-4111')

  await world.startOrchestrator({ definitions, cipher: cipherOf(1, 9) })
  await awaitUntil('every saga is completed', async () => {
    const { rows } = await world.sagasDb.query('select distinct status from sagas')
    return rows.length === 1 && rows[0]?.['status'] === 'completed'
  })
  await awaitUntil('nothing is held any more', async () => (await rowsOf('held_events')) === 0)
  expect(await rowsOf('dead_letters')).toBe(0)
})

it('a signal is held for an instance that has the key', async () => {
  const starter = await world.startOrchestrator({ definitions, cipher: cipherOf(1) })
  const { body } = await starter.client.start('ask-first', { card: 'canary-4111', note: 'works' })
  await awaitUntil('all is published', async () => (await rowsOf('publish_batches')) === 0)
  await starter.stop()

  await world.startOrchestrator({ definitions, cipher: cipherOf(9) })
  const { value, ...record } = encodeMessage({
    id: 'yes' as MessageId,
    type: 'sagaline.signal',
    source: 'test',
    topic: 'sagaline.signals',
    key: String(body['id']),
    data: { sagaId: body['id'], signal: 'ask', data: { approved: true }, actor: 'ann' },
  })
  await world.kafka.write({ ...record, value: Buffer.from(value) })
  await awaitUntil('it is held', async () => (await rowsOf('held_events')) === 1)

  const { client } = await world.startOrchestrator({ definitions, cipher: cipherOf(1, 9) })
  await awaitUntil('the saga goes on', async () => {
    return (await client.saga(String(body['id']))).state === 'announce'
  })
  expect(await rowsOf('dead_letters')).toBe(0)
})
