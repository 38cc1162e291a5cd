// A reply moves a saga from what this process knows of it, in one statement and without a look at its
// row; if another process moved it meanwhile, it is looked at, and nothing is written twice.
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Db, Statement, Tx } from '../../messaging/db.ts'
import { awaitUntil } from '../system/await-until.ts'
import { EngineWorld } from './engine-world.ts'
import { shipParcel } from './parcels.ts'

const definitions = [shipParcel()]
const by = { actor: 'ada', reason: 'to see who notices' }
const parcels = Array.from({ length: 8 }, (_, at) => `parcel ${at}`)

let world: EngineWorld
/** Named statements that were sent. */
let sent: string[]

beforeEach(async () => {
  world = await EngineWorld.start(definitions)
  sent = []
})
afterEach(() => world.stop())

function listening(db: Db): Db {
  const hear = (sql: string | Statement) => {
    if (typeof sql !== 'string' && sql.name !== undefined) sent.push(sql.name)
  }
  return {
    ...db,
    query: (sql, values) => {
      hear(sql)
      return db.query(sql, values)
    },
    transaction: (work, options) => {
      const query: Tx['query'] = (sql, values) => {
        hear(sql)
        return inner.query(sql, values)
      }
      let inner: Tx
      return db.transaction((tx) => {
        inner = tx
        return work({ ...tx, query })
      }, options)
    },
  }
}

async function endings(): Promise<readonly string[]> {
  const { rows } = await world.sagasDb.query<{ readonly status: string }>(
    'select status from sagas order by business_key',
  )
  return rows.map(({ status }) => status)
}

const allCompleted = () =>
  awaitUntil('all have completed', async () => {
    return (await endings()).filter((status) => status === 'completed').length === parcels.length
  })

/** The revisions of each saga's history, in order. */
async function revisions(): Promise<readonly string[]> {
  const { rows } = await world.sagasDb.query<{ readonly seqs: string }>(
    `select string_agg(seq::text, ' ' order by seq) as seqs from history group by saga_id`,
  )
  return [...new Set(rows.map(({ seqs }) => seqs))]
}

it('a saga that this process wrote last is moved without a look at it', async () => {
  const { client } = await world.startOrchestrator({ definitions, wrapDb: listening })
  await world.startParcels()
  await Promise.all(parcels.map((parcel) => client.start('ship-parcel', { parcel })))
  await allCompleted()
  expect(await revisions()).toEqual(['1 2 3 4'])
  expect(sent.filter((name) => name === 'sagas.lock')).toEqual([])
  expect(sent.filter((name) => name === 'sagas.write').length).toBeGreaterThan(0)
})

it('one that another process moved meanwhile is looked at', async () => {
  const first = await world.startOrchestrator({ definitions, wrapDb: listening })
  const other = await world.startOrchestrator({ definitions })
  const starts = await Promise.all(
    parcels.map((parcel) => first.client.start('ship-parcel', { parcel })),
  )
  for (const { body } of starts) {
    const id = String(body['id'])
    for (const verb of ['pause', 'resume']) {
      expect(await other.client.tell(id, verb, by)).toMatchObject({ status: 202 })
    }
  }
  await world.startParcels()
  await allCompleted()
  // Every move once, and none of them lost: start, pause, resume and three replies.
  expect(await revisions()).toEqual(['1 2 3 4 5 6'])
  expect(sent.filter((name) => name === 'sagas.lock').length).toBeGreaterThan(0)
})

/** So far ahead that what is read of it as milliseconds, written again, is another moment. */
const farAhead = 'to_timestamp(80000000000.123)'

it('one whose wake-up cannot be compared exactly moves on under its lock', async () => {
  const { client } = await world.startOrchestrator({ definitions, wrapDb: listening })
  await Promise.all(parcels.map((parcel) => client.start('ship-parcel', { parcel })))
  await world.sagasDb.query(`update sagas set wake_at = ${farAhead}`)
  await world.startParcels()
  await allCompleted()
  expect(await revisions()).toEqual(['1 2 3 4'])
  expect(sent.filter((name) => name === 'sagas.lock').length).toBeGreaterThan(0)
})
