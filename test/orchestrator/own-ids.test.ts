// Two orchestrators as in production: the sagas that one is asked to start come back to it, though
// either takes replies, and both go on when a partition moves.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { awaitUntil } from '../system/await-until.ts'
import { EngineWorld, type RunningOrchestrator } from './engine-world.ts'
import { shipParcel } from './parcels.ts'

const definitions = [shipParcel()]
const waitS = 60
const testLimitMs = 60_000

let world: EngineWorld
let one: RunningOrchestrator
let two: RunningOrchestrator
let stopParcels: () => Promise<void>
const moved = { one: 0, two: 0 }

beforeAll(async () => {
  world = await EngineWorld.start(definitions)
  const counting = (name: keyof typeof moved) => ({
    ...{ definitions, drawsOwnIds: true },
    onPoint: (point: string) => {
      if (point === 'advance.after-commit-before-publish') moved[name] += 1
    },
  })
  one = await world.startOrchestrator(counting('one'))
  two = await world.startOrchestrator(counting('two'))
  stopParcels = await world.startParcels()
  await awaitUntil('both take replies', async () => {
    const answers = await Promise.all([one, two].map(({ client }) => client.ready()))
    return answers.every(({ status }) => status === 200)
  })
})
afterAll(() => world.stop())

const startAt = ({ client }: RunningOrchestrator, name: string) =>
  Promise.all(
    Array.from({ length: 40 }, (_, at) =>
      client.start('ship-parcel', { parcel: `${name} ${at}` }, { waitS }),
    ),
  )

const ends = (answers: Awaited<ReturnType<typeof startAt>>) => [
  ...new Set(answers.map(({ body }) => body['status'])),
]

it(
  'a saga is moved where it was started',
  async () => {
    expect(ends(await startAt(one, 'one'))).toEqual(['completed'])
    expect(moved.one).toBeGreaterThan(0)
    expect(moved.two).toBe(0)
    const before = moved.one
    expect(ends(await startAt(two, 'two'))).toEqual(['completed'])
    expect(moved.two).toBeGreaterThan(0)
    expect(moved.one).toBe(before)
  },
  testLimitMs,
)

it(
  'sagas of one that stops meanwhile are moved by the other',
  async () => {
    await stopParcels()
    const started = await Promise.all(
      Array.from({ length: 40 }, (_, at) =>
        one.client.start('ship-parcel', { parcel: `left ${at}` }),
      ),
    )
    await one.stop()
    const before = moved.two
    await world.startParcels()
    const ids = started.map(({ body }) => String(body['id']))
    await awaitUntil('all have ended', async () => {
      const sagas = await Promise.all(ids.map((id) => two.client.get(`/sagas/${id}`)))
      return sagas.every(({ body }) => body['status'] === 'completed')
    })
    expect(moved.two).toBeGreaterThan(before)
  },
  testLimitMs,
)
