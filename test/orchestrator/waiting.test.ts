// `Prefer: wait` on one orchestrator while the saga ends on the other: whoever waits is told.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { EngineWorld, type RunningOrchestrator } from './engine-world.ts'
import { shipParcel } from './parcels.ts'

const definitions = [shipParcel()]

/** Whoever is not told waits this long, and fails the test by that. */
const waitS = 60
const testLimitMs = 40_000

let world: EngineWorld
let one: RunningOrchestrator
let two: RunningOrchestrator
const moved = { one: 0, two: 0 }

beforeAll(async () => {
  world = await EngineWorld.start(definitions)
  const counting = (name: keyof typeof moved) => ({
    definitions,
    onPoint: (point: string) => {
      if (point === 'advance.after-commit-before-publish') moved[name] += 1
    },
  })
  one = await world.startOrchestrator(counting('one'))
  two = await world.startOrchestrator(counting('two'))
  await world.startParcels()
})
afterAll(() => world.stop())

it(
  'whoever waits at one orchestrator is told of sagas that end at the other',
  async () => {
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, at) =>
        one.client.start('ship-parcel', { parcel: `waited for ${at}` }, { waitS }),
      ),
    )
    expect(answers.map(({ status, body }) => [status, body['status']])).toEqual(
      answers.map(() => [200, 'completed']),
    )
    expect(moved.one, 'both take replies').toBeGreaterThan(0)
    expect(moved.two, 'both take replies').toBeGreaterThan(0)
  },
  testLimitMs,
)

it(
  'whoever waits is told although the connection that hears of it was lost meanwhile',
  async () => {
    const deaf = world.sagasDb.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name = 'sagaline listen'`,
    )
    expect((await deaf).rowCount).toBe(2)
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, at) =>
        one.client.start('ship-parcel', { parcel: `not heard of ${at}` }, { waitS }),
      ),
    )
    expect(new Set(answers.map(({ body }) => body['status']))).toEqual(new Set(['completed']))
  },
  testLimitMs,
)

it(
  'whoever asks with a known key is told at once when the saga has ended elsewhere',
  async () => {
    const input = { parcel: 'asked again' }
    const first = await one.client.start('ship-parcel', input, { key: 'again', waitS })
    const second = await two.client.start('ship-parcel', input, { key: 'again', waitS })
    expect(second.status).toBe(200)
    expect(second.body).toEqual(first.body)
  },
  testLimitMs,
)

it(
  'whoever waits for a saga that gets stuck is told so',
  async () => {
    world.parcels.breakDown('parcels.load-van', 'refuses')
    world.parcels.breakDown('parcels.clear-shelf', 'refuses')
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, at) =>
        two.client.start('ship-parcel', { parcel: `stuck ${at}` }, { waitS }),
      ),
    )
    expect(new Set(answers.map(({ body }) => body['status']))).toEqual(new Set(['stuck']))
  },
  testLimitMs,
)
