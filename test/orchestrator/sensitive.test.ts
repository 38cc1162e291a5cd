// Sensitive fields from end to end: a canary goes in by REST and reaches the handlers, and is
// nowhere to be found in topics, tables, logs and answers.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { realClock } from '../../messaging/clock.ts'
import type { Db } from '../../messaging/db.ts'
import { encryptValue } from '../../messaging/encrypted-fields.ts'
import { encodeMessage } from '../../messaging/envelope.ts'
import type { MessageId, SagaId } from '../../messaging/message.ts'
import { createRegistry } from '../../orchestrator/definition/registry.ts'
import { advance } from '../../orchestrator/engine/advance.ts'
import type { Fact } from '../../orchestrator/engine/event.ts'
import type { Saga } from '../../orchestrator/engine/saga.ts'
import { createOrchestrator } from '../../orchestrator/orchestrator.ts'
import { createRowCipher } from '../../orchestrator/store/row-cipher.ts'
import { findSagas } from '../../orchestrator/store/sagas.ts'
import { awaitUntil } from '../system/await-until.ts'
import { EngineWorld, type RunningOrchestrator } from './engine-world.ts'
import { parcelsTopic } from './parcels.ts'
import {
  cipherOf,
  giftEventsTopic,
  giftHandlers,
  listeningLog,
  sendGift,
} from './sensitive-sagas.ts'

const canary = 'canary-4111-1111'
const cipher = cipherOf(1)
const rows = createRowCipher(createRegistry([sendGift]), cipher)
const { log, lines } = listeningLog()
const { handlers: commands, got } = giftHandlers()
const answers: string[] = []

let world: EngineWorld
let running: RunningOrchestrator

beforeAll(async () => {
  world = await EngineWorld.start([sendGift], [giftEventsTopic])
  running = await world.startOrchestrator({ definitions: [sendGift], cipher, log })
  await world.startParcels({ commands, cipher, log, attempts: 1 })
}, 120_000)

afterAll(() => world.stop())

async function startGift(note: string, card = canary): Promise<string> {
  const { client } = running
  const answer = await client.start(
    'send-gift',
    { card, note },
    { key: realClock.newId(), waitS: 30 },
  )
  const id = String(answer.body['id'])
  const read = [answer, await client.saga(id), await client.history(id)]
  answers.push(JSON.stringify(read))
  return id
}

const sagaOf = (id: string) => running.client.saga(id)

test('a saga completes, and its handlers get the plain value', async () => {
  const saga = await sagaOf(await startGift('works'))
  expect(saga).toMatchObject({ status: 'completed', state: 'completed' })
  expect(got.splice(0)).toEqual([canary, `receipt of ${canary}`])
})

test('a refusal shows what its schema does not mark, and the saga is compensated', async () => {
  const saga = await sagaOf(await startGift('refuses'))
  const reason = { why: 'out of paper', card: '[sensitive]' }
  expect(saga).toMatchObject({ status: 'compensated', failure: { step: 'wrap', reason } })
  expect(saga.steps[1]).toMatchObject({ outcome: 'refused', error: reason })
  const history = await running.client.history(saga.id)
  const refusal = history.flatMap(({ facts }) => facts).find(({ type }) => type === 'step.refused')
  expect(refusal).toMatchObject({ step: 'wrap', detail: reason })
  expect(got.splice(0)).toEqual([canary, `receipt of ${canary}`, canary])
})

test('of an error that was thrown only the code is shown', async () => {
  const saga = await sagaOf(await startGift('throws'))
  expect(saga.status).toBe('compensated')
  expect(saga.steps[1]?.error).toBeOneOf([null, { code: 'HANDLER_FAILED', message: '[sensitive]' }])
  const history = await running.client.history(saga.id)
  const failed = history.flatMap(({ facts }) => facts).find(({ type }) => type === 'step.failed')
  expect(failed?.detail).toEqual({ code: 'HANDLER_FAILED', message: '[sensitive]' })
})

test('a definition that throws over a sensitive value parks its saga without quoting it', async () => {
  const saga = await sagaOf(await startGift('misfits'))
  const reason = { code: expect.any(String), message: '[sensitive]' }
  expect(saga).toMatchObject({ status: 'stuck', stuck: { reason } })
})

test('input that does not fit is refused without quoting it', async () => {
  const { client } = running
  const wrong = await client.start('send-gift', { card: canary, note: canary })
  const nested = await client.start('send-gift', { card: { [canary]: canary }, note: 'works' })
  expect([wrong.status, nested.status]).toEqual([422, 422])
  expect(nested.body['detail']).toContain('/card does not fit')
  answers.push(JSON.stringify([wrong, nested]))
})

test('a start over Kafka comes encrypted, and its key is known again', async () => {
  got.splice(0)
  const id = 'send-gift/k-1/start' as MessageId
  const start = (value: string) => ({
    id,
    type: 'sagaline.start-saga',
    source: 'test',
    topic: 'sagaline.starts',
    key: 'k-1',
    data: {
      saga: 'send-gift',
      key: 'k-1',
      input: encryptValue(cipher, { card: value, note: 'works' }, id),
    },
  })
  const write = async (value: string) => {
    const record = encodeMessage(start(value))
    return world.kafka.write({ ...record, value: Buffer.from(record.value) })
  }
  await write(canary)
  await write(canary)
  await write('another card')
  await awaitUntil('the reuse of the key is parked', async () => {
    const { rows: letters } = await world.sagasDb.query('select code from dead_letters')
    return letters.some(({ code }) => code === 'SAGA_KEY_REUSED')
  })
  await awaitUntil('the saga of the start is through', () => got.length === 2)
  expect(got.splice(0)).toEqual([canary, `receipt of ${canary}`])
})

test('the canary is in no topic, no table, no log and no answer', async () => {
  const own = ['sagaline.replies', 'sagaline.starts', 'sagaline.events']
  const topics = [parcelsTopic, giftEventsTopic, ...own]
  const records = (await Promise.all(topics.map((topic) => world.kafka.read(topic)))).flat()
  expect(records.length).toBeGreaterThan(20)
  expect(records.filter(({ value }) => value?.includes('$encrypted')).length).toBeGreaterThan(10)
  const found = records.filter(({ key, value, headers }) =>
    [key, value, ...Object.values(headers)].some((bytes) => bytes?.includes(canary)),
  )
  expect(found).toEqual([])
  // Nor is anything left out for it: the entries are there, encrypted.
  const events = records.filter(({ key, headers }) => key && isEvent(headers['ce_id']))
  expect(
    events.filter(({ value }) => value?.includes('"entry":{"$encrypted":')).length,
  ).toBeGreaterThan(10)
  expect(events.filter(({ value }) => value?.includes('entryOmitted'))).toEqual([])
  const tables = [...(await tablesOf(world.sagasDb)), ...(await tablesOf(world.parcelsDb))]
  expect(
    tables.filter((table) => table.text.includes('$encrypted')).map(({ name }) => name),
  ).toEqual(expect.arrayContaining(['sagas', 'history', 'fence']))
  expect(tables.filter(({ text }) => text.includes(canary)).map(({ name }) => name)).toEqual([])
  expect(lines.join('\n')).toContain('participant.command.failed')
  expect(lines.filter((line) => line.includes(canary))).toEqual([])
  expect(answers.filter((text) => text.includes(canary))).toEqual([])
})

const isEvent = (id: Buffer | undefined) => /^[0-9a-f-]{36}\/event\/\d+$/.test(String(id))

async function tablesOf(db: Db): Promise<readonly { name: string; text: string }[]> {
  const { rows: found } = await db.query<{ readonly name: string }>(
    `select tablename as name from pg_tables where schemaname = 'public'`,
  )
  return Promise.all(
    found.map(async ({ name }) => {
      const { rows: all } = await db.query(`select one::text as text from "${name}" one`)
      const binary = await db.query(`select * from "${name}"`)
      const bytes = binary.rows.flatMap((row) => Object.values(row).filter(Buffer.isBuffer))
      return { name, text: [...all.map(({ text }) => text), ...bytes.map(String)].join('\n') }
    }),
  )
}

test('what the database shows stays useful: state, status, steps and times are readable', async () => {
  const { rows: found } = await world.sagasDb.query(
    `select snapshot->>'value' as state, snapshot#>>'{steps,0,name}' as step, status from sagas
     where status = 'completed' limit 1`,
  )
  expect(found).toEqual([{ state: 'completed', step: 'pay', status: 'completed' }])
})

test('replaying an encrypted history gives the saga again', async () => {
  const id = (await startGift('refuses')) as SagaId
  type Entry = { facts: readonly Fact[]; event: unknown; at: number }
  const { rows: entries } = await world.sagasDb.query<Entry>(
    `select facts, event, (extract(epoch from at) * 1000)::float8 as at from history
     where saga_id = $1 order by seq`,
    [id],
  )
  let saga: Saga | null = null
  for (const { facts, event, at } of entries) {
    const read = rows.readEvent({ sagaId: id, facts }, event)
    saga = advance(sendGift, saga, read, Math.round(at)).saga
  }
  const [stored] = await findSagas(world.sagasDb, rows, [id])
  expect(saga).toEqual(stored?.saga)
  expect(JSON.stringify(stored?.saga)).toContain(canary)
})

test('a saga whose key is gone fails alone, is shown masked, and the others go on', async () => {
  const stuck = await startGift('misfits')
  const other = await startGift('misfits')
  const text = cipherOf(9).encrypt('{}', `sagas/${stuck}`)
  await world.sagasDb.query(
    `update sagas set snapshot = (snapshot::jsonb || $2::jsonb)::json where id = $1`,
    [stuck, JSON.stringify({ sealed: { $encrypted: text } })],
  )
  const by = { actor: 'ada', reason: 'the key is back' }
  const [lost, good] = await Promise.all([
    running.client.retry(stuck, by),
    running.client.retry(other, by),
  ])
  expect(lost).toMatchObject({ status: 500, body: { code: 'ENCRYPTION_KEY_UNKNOWN' } })
  expect(good.status).toBeLessThan(300)
  expect(await sagaOf(stuck)).toMatchObject({ status: 'stuck', steps: [{ name: 'pay' }] })
})

test('without a key an orchestrator with such a saga is not made', () => {
  const parts = { db: world.sagasDb, bus: {} as never, clock: realClock, log }
  const make = () =>
    createOrchestrator({ ...parts, definitions: [sendGift], http: { host: '127.0.0.1', port: 0 } })
  expect(make).toThrow('There is no encryption key, and the saga send-gift has sensitive fields.')
})
