// Starting a saga twice must be impossible: with one key there is one saga, over REST and over
// Kafka, whoever asks, however often, on whichever orchestrator.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { StartSaga } from '../../participant/index.ts'
import { startSaga } from '../../participant/index.ts'
import { awaitUntil } from '../system/await-until.ts'
import { EngineWorld, type RunningOrchestrator } from './engine-world.ts'
import { parcelsService, shipParcel } from './parcels.ts'

const definitions = [shipParcel()]
const startsTopic = 'sagaline.starts'
const startsGroup = 'sagaline.starts'

let world: EngineWorld
let one: RunningOrchestrator
let two: RunningOrchestrator

beforeAll(async () => {
  world = await EngineWorld.start(definitions)
  ;[one, two] = await Promise.all([
    world.startOrchestrator({ definitions }),
    world.startOrchestrator({ definitions }),
  ])
  await world.startParcels()
})
afterAll(() => world.stop())

async function sagasOf(parcel: string): Promise<readonly string[]> {
  const { rows } = await world.sagasDb.query<{ readonly id: string }>(
    'select id from sagas where business_key = $1',
    [parcel],
  )
  return rows.map(({ id }) => id)
}

describe('a start over REST', () => {
  it('happens once however many ask with one key at once, on both orchestrators', async () => {
    const parcel = 'asked for fifty times'
    const key = randomUUID()
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, at) =>
        (at % 2 === 0 ? one : two).client.start('ship-parcel', { parcel }, { key }),
      ),
    )
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]))
    expect(new Set(answers.map(({ body }) => body['id'])).size).toBe(1)
    expect(answers.filter(({ body }) => body['isNew'] === true)).toHaveLength(1)
    expect(await sagasOf(parcel)).toEqual([answers[0]?.body['id']])
  })

  it('is refused with 409 when the key was used with another body, and names the saga', async () => {
    const key = randomUUID()
    const first = await one.client.start('ship-parcel', { parcel: 'the first' }, { key })
    const second = await two.client.start('ship-parcel', { parcel: 'another' }, { key })
    expect(second.status).toBe(409)
    expect(second.body).toMatchObject({ code: 'SAGA_KEY_REUSED', sagaId: first.body['id'] })
    expect(await sagasOf('another')).toEqual([])
  })

  it('of many with one key and different bodies, one wins and the others are told so', async () => {
    const key = randomUUID()
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        (at % 2 === 0 ? one : two).client.start('ship-parcel', { parcel: `rival ${at}` }, { key }),
      ),
    )
    const won = answers.filter(({ status }) => status === 202)
    const lost = answers.filter(({ status }) => status === 409)
    expect([won.length, lost.length]).toEqual([1, 19])
    expect(new Set(lost.map(({ body }) => body['sagaId']))).toEqual(new Set([won[0]?.body['id']]))
  })

  it('with a known key gives the same saga after a restart', async () => {
    const input = { parcel: 'before and after' }
    const key = randomUUID()
    const before = await two.client.start('ship-parcel', input, { key })
    await two.stop()
    two = await world.startOrchestrator({ definitions })
    const after = await two.client.start('ship-parcel', input, { key })
    expect(after.body).toMatchObject({ id: before.body['id'], isNew: false })
  })

  it('without a key makes a saga of its own each time', async () => {
    const input = { parcel: 'no key' }
    await Promise.all([one, two].map(({ client }) => client.start('ship-parcel', input)))
    expect(await sagasOf('no key')).toHaveLength(2)
  })
})

describe('a start over Kafka', () => {
  const start = (parcel: string): StartSaga => ({
    source: parcelsService,
    saga: 'ship-parcel',
    key: parcel,
    input: { parcel },
  })

  it('happens once when the service commits, and never when it rolls back', async () => {
    const regret = new Error('the service thinks better of it')
    const rolledBack = world.parcelsDb.transaction(async (tx) => {
      await startSaga(tx, start('rolled back'))
      throw regret
    })
    await expect(rolledBack).rejects.toBe(regret)
    await world.parcelsDb.transaction((tx) => startSaga(tx, start('committed')))
    await awaitUntil('the committed one has ended', async () => {
      const [id] = await sagasOf('committed')
      return id !== undefined && (await one.client.saga(id)).status === 'completed'
    })
    expect(await sagasOf('committed')).toHaveLength(1)
    expect(await sagasOf('rolled back')).toEqual([])
  })

  it('that is delivered again gives the same saga', async () => {
    await world.parcelsDb.transaction((tx) => startSaga(tx, start('twice delivered')))
    await awaitUntil('it is there', async () => (await sagasOf('twice delivered')).length > 0)
    const records = await world.kafka.read(startsTopic)
    const record = records.find(({ key }) => key?.toString() === 'twice delivered')
    if (record === undefined) throw new Error('the start is not on the topic')
    const headers = Object.fromEntries(
      Object.entries(record.headers).map(([name, bytes]) => [name, bytes.toString()]),
    )
    const { topic, partition, value } = record
    for (let times = 0; times < 5; times += 1) {
      await world.kafka.write({ topic, partition, key: 'twice delivered', value, headers })
    }
    await awaitUntil(
      'all of them are handled',
      async () => (await world.kafka.lag(startsGroup, [startsTopic])) === 0,
    )
    expect(await sagasOf('twice delivered')).toHaveLength(1)
  })

  it('and the same start over REST are one saga', async () => {
    const input = { parcel: 'by both ways' }
    const [, answer] = await Promise.all([
      world.parcelsDb.transaction((tx) => startSaga(tx, start('by both ways'))),
      one.client.start('ship-parcel', input, { key: 'by both ways' }),
    ])
    await awaitUntil(
      'the record is handled',
      async () =>
        (await world.kafka.read(startsTopic)).some(
          ({ key }) => key?.toString() === 'by both ways',
        ) && (await world.kafka.lag(startsGroup, [startsTopic])) === 0,
    )
    expect(await sagasOf('by both ways')).toEqual([answer.body['id']])
  })

  it('leaves nothing parked on the way', async () => {
    const { rows } = await world.sagasDb.query('select code, reason from dead_letters')
    expect(rows).toEqual([])
  })
})
