// A deployment is rolled back while sagas of its version live and others are being started: what
// comes for them is held until an instance has their version again, and nobody else waits.
import { afterEach, beforeEach, expect, it } from 'vitest'
import { realClock } from '../../messaging/clock.ts'
import { silentLog } from '../../messaging/log.ts'
import { createOrchestrator } from '../../orchestrator/orchestrator.ts'
import { createMemoryBus } from '../../testing/memory-bus.ts'
import { awaitUntil } from '../system/await-until.ts'
import { SagaClient } from '../system/saga-client.ts'
import { EngineWorld } from './engine-world.ts'
import { shipParcel } from './parcels.ts'

const first = shipParcel({})
const second = Object.freeze({ ...shipParcel({}), version: 2, hash: 'second' })

let world: EngineWorld

beforeEach(async () => {
  world = await EngineWorld.start([first])
})
afterEach(() => world.stop())

type Counted = { readonly version: number; readonly status: string; readonly sagas: number }

async function sagas(): Promise<readonly Counted[]> {
  const { rows } = await world.sagasDb.query<Counted>(
    `select version, status, count(*)::int as sagas from sagas
     group by version, status order by version, status`,
  )
  return rows
}

const rowsOf = async (table: string) =>
  (await world.sagasDb.query(`select 1 from ${table}`)).rowCount

/** Starts sagas one after another, patiently, until it is told to end; answers how many. */
class Load {
  readonly #client: SagaClient
  readonly #ended: Promise<number>
  #isEnding = false

  constructor(urls: readonly string[]) {
    let turn = 0
    this.#client = new SagaClient(() => urls[turn++ % urls.length] ?? '')
    this.#ended = this.#run()
  }

  end(): Promise<number> {
    this.#isEnding = true
    return this.#ended
  }

  async #run(): Promise<number> {
    let started = 0
    for (; !this.#isEnding; started++) {
      const key = `under load ${started}`
      const { status } = await this.#client.startPatiently(
        'ship-parcel',
        { parcel: key },
        { key },
        20_000,
      )
      expect(status).toBe(202)
    }
    return started
  }
}

it('sagas of a version that was rolled back wait for it, and the others go on', async () => {
  const modern = await world.startOrchestrator({ definitions: [first, second] })
  const parcels = Array.from({ length: 30 }, (_, at) => ({ parcel: `new version ${at}` }))
  await Promise.all(parcels.map((input) => modern.client.start('ship-parcel', input)))
  expect(await sagas()).toEqual([{ version: 2, status: 'running', sagas: 30 }])

  const old = await world.startOrchestrator({
    definitions: [first],
    allowMissingDefinitions: true,
  })
  const load = new Load([modern.url, old.url])
  await awaitUntil('the version before is started', async () =>
    (await sagas()).some(({ version }) => version === 1),
  )
  await modern.stop()
  await world.startParcels()
  await awaitUntil('replies to the new version are held', async () => {
    return (await rowsOf('held_events')) >= parcels.length
  })
  await awaitUntil('sagas of the version before end meanwhile', async () =>
    (await sagas()).some(({ version, status }) => version === 1 && status === 'completed'),
  )
  expect((await sagas()).filter(({ version }) => version === 2)).toEqual([
    expect.objectContaining({ status: 'running' }),
  ])

  const back = await world.startOrchestrator({ definitions: [first, second] })
  const started = await load.end()
  await awaitUntil('every saga is completed', async () =>
    (await sagas()).every(({ status }) => status === 'completed'),
  )
  const total = (await sagas()).reduce((sum, one) => sum + one.sagas, 0)
  expect(total).toBe(parcels.length + started)
  await awaitUntil('nothing is held any more', async () => (await rowsOf('held_events')) === 0)
  expect(await rowsOf('dead_letters')).toBe(0)
  await back.stop()
})

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
    message: expect.stringContaining('ship-parcel@2 (second, 1 sagas)'),
  })
  expect(await rowsOf('instances')).toBe(1)
  await lacking.stop()
  expect(await rowsOf('instances')).toBe(1)
})
