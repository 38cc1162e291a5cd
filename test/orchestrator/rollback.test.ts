// A deployment is rolled back while sagas of its version live and others are being started: what
// comes for them is held until an instance has their version again, and nobody else waits.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { realClock } from '../../messaging/clock.ts'
import { silentLog } from '../../messaging/log.ts'
import type { SagaDefinition } from '../../orchestrator/definition/saga-definition.ts'
import { createOrchestrator } from '../../orchestrator/orchestrator.ts'
import { createMemoryBus } from '../../testing/memory-bus.ts'
import { awaitUntil } from '../system/await-until.ts'
import { SagaClient } from '../system/saga-client.ts'
import { EngineWorld, type RunningOrchestrator } from './engine-world.ts'
import {
  effectsOf,
  effectsSql,
  first,
  second,
  shippingHandlers,
  Thanks,
  thankingHandlers,
  thanksTopic,
} from './thanked-parcels.ts'

let world: EngineWorld

beforeEach(async () => {
  world = await EngineWorld.start([first, second], [thanksTopic])
})
afterEach(() => world.stop())

type Row = {
  readonly id: string
  readonly version: number
  readonly status: string
  readonly state: string
  readonly parcel: string
}

async function sagas(): Promise<readonly Row[]> {
  const { rows } = await world.sagasDb.query<Row>(
    `select id, version, status, snapshot->>'value' as state,
      snapshot->'context'->'input'->>'parcel' as parcel from sagas`,
  )
  return rows
}

async function count(test: (saga: Row) => boolean): Promise<number> {
  return (await sagas()).filter(test).length
}

const rowsOf = async (table: string, db = world.sagasDb) =>
  (await db.query(`select 1 from ${table}`)).rowCount

const isEnded = ({ status }: Row) => status === 'completed' || status === 'compensated'

const lanes = 12
const pauseMs = 20
/** Each waits so long for the end of what it started, so that a slow machine gets less to do. */
const waitS = 1
/** Sagas that are thanked before the new version goes, while it goes, and at least, after that. */
const groupSize = 10
/** A start that finds no instance is tried again elsewhere. */
const startLimitMs = 60_000

/** The van has no room for every seventh one. */
const parcelOf = (index: number) => `${index}${index % 7 === 6 ? ', no room' : ''}`

/** Several clients at once start sagas wherever an instance is, until they are told to end. */
class Load {
  readonly #urls: () => readonly string[]
  readonly #ended: Promise<unknown>
  #isEnding = false
  started = 0

  constructor(urls: () => readonly string[]) {
    this.#urls = urls
    this.#ended = Promise.all(Array.from({ length: lanes }, () => this.#run()))
    this.#ended.catch(() => undefined)
  }

  async end(): Promise<number> {
    this.#isEnding = true
    await this.#ended
    return this.started
  }

  async #run(): Promise<void> {
    let turn = 0
    const client = new SagaClient(() => this.#urls().at(turn++ % this.#urls().length) ?? '')
    while (!this.#isEnding) {
      const parcel = parcelOf(this.started++)
      const { status } = await client.startPatiently(
        'ship-parcel',
        { parcel },
        { key: parcel, waitS },
        startLimitMs,
      )
      expect([200, 202]).toContain(status)
      await sleep(pauseMs)
    }
  }
}

/** Two instances behind one address; they are replaced one after the other. */
class Deployment {
  readonly #running: RunningOrchestrator[] = []

  readonly urls = (): readonly string[] => this.#running.map(({ url }) => url)

  async add(...definitions: readonly SagaDefinition[]): Promise<void> {
    const choices = { definitions, allowMissingDefinitions: true }
    this.#running.push(await world.startOrchestrator(choices))
  }

  /** No client is sent to it any more; then it stops. */
  async removeOldest(): Promise<void> {
    await this.#running.shift()?.stop()
  }

  async replaceBoth(...definitions: readonly SagaDefinition[]): Promise<void> {
    for (let turn = 0; turn < 2; turn++) {
      await this.add(...definitions)
      await this.removeOldest()
    }
  }
}

/** By saga: its effects in the order of their names. */
async function effects(): Promise<ReadonlyMap<string, string>> {
  const { rows } = await world.parcelsDb.query<{ readonly id: string; readonly all: string }>(
    `select saga_id as id, string_agg(effect, ',' order by effect) as all
     from effects group by saga_id`,
  )
  return new Map(rows.map(({ id, all }) => [id, all]))
}

/** Each saga has ended as it should, by exactly the effects of its version. */
async function expectAllRight(started: number): Promise<void> {
  const all = await sagas()
  expect(new Set(all.map(({ parcel }) => parcel)).size).toBe(started)
  expect(all).toHaveLength(started)
  const done = await effects()
  expect(all.filter((saga) => done.get(saga.id) !== effectsOf(saga))).toEqual([])
  const isRight = ({ status, parcel }: Row) =>
    status === (parcel.includes('no room') ? 'compensated' : 'completed')
  expect(all.filter((saga) => !isRight(saga))).toEqual([])
  expect(await rowsOf('dead_letters')).toBe(0)
  expect(await rowsOf('dead_letters', world.parcelsDb)).toBe(0)
}

it('a rollback of a deployment under load loses nothing, doubles nothing, and nobody else waits', async () => {
  await world.parcelsDb.query(effectsSql)
  await world.startParcels({ commands: shippingHandlers })
  const thanks = new Thanks()
  await world.startParcels({
    service: 'thanks',
    commands: thankingHandlers(thanks),
    attempts: 10_000,
    backoff: { initialMs: 100, maxMs: 400 },
  })
  const deployment = new Deployment()
  await deployment.add(first)
  await deployment.add(first)
  const load = new Load(deployment.urls)
  await awaitUntil('sagas end', async () => (await count(isEnded)) >= 20)

  await deployment.replaceBoth(first, second)
  thanks.allowMore(groupSize)
  const isThanked = (saga: Row) => saga.version === 2 && saga.status === 'completed'
  await awaitUntil('sagas of the new version have ended, and others are under way', async () => {
    const waiting = await count(({ state }) => state === 'thank')
    return (await count(isThanked)) >= groupSize && waiting >= 2 * groupSize
  })

  await deployment.add(first)
  thanks.allowMore(groupSize)
  await deployment.removeOldest()
  await deployment.add(first)
  await deployment.removeOldest()
  const isLeft = (saga: Row) => saga.version === 2 && !isEnded(saga)
  const left = await count(isLeft)
  expect(left).toBeGreaterThanOrEqual(groupSize)
  const before = await count((saga) => saga.version === 1 && isEnded(saga))
  thanks.allowMore(Infinity)
  await awaitUntil('their replies are held', async () => {
    return (await rowsOf('held_events')) >= groupSize
  })
  await awaitUntil('sagas of the version before end meanwhile', async () => {
    return (await count((saga) => saga.version === 1 && isEnded(saga))) >= before + 20
  })
  expect(await count(isLeft)).toBe(left)

  const newest = Math.max(...(await sagas()).map(({ parcel }) => Number.parseInt(parcel, 10)))
  await deployment.replaceBoth(first, second)
  await awaitUntil('the new version is started again', () =>
    sagas().then((all) =>
      all.some(({ version, parcel }) => version === 2 && Number.parseInt(parcel, 10) > newest),
    ),
  )
  const started = await load.end()
  await awaitUntil('every saga has ended', async () => (await sagas()).every(isEnded))
  await awaitUntil('nothing is held any more', async () => (await rowsOf('held_events')) === 0)

  await expectAllRight(started)
}, 240_000)

it('a process without a version that living sagas need refuses to start, and leaves no trace', async () => {
  const modern = await world.startOrchestrator({ definitions: [first, second] })
  await modern.client.start('ship-parcel', { parcel: 'new version' })
  const lacking = createOrchestrator({
    definitions: [first],
    db: world.sagasDb,
    bus: createMemoryBus(),
    clock: realClock,
    log: silentLog,
    http: { host: '127.0.0.1', port: 0 },
  })
  await expect(lacking.start()).rejects.toMatchObject({
    code: 'DEFINITION_MISSING',
    message: expect.stringContaining(`ship-parcel@2 (${second.hash}, 1 sagas)`),
  })
  expect(await rowsOf('instances')).toBe(1)
  await lacking.stop()
  expect(await rowsOf('instances')).toBe(1)
})
