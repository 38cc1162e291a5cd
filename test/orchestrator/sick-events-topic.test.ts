// A topic of lifecycle events that takes nothing holds up no saga.
import { afterEach, beforeEach, expect, it } from 'vitest'
import { eventsTopic } from '../../messaging/topics.ts'
import { awaitUntil } from '../system/await-until.ts'
import { EngineWorld, enginePartitions } from './engine-world.ts'
import { shipParcel } from './parcels.ts'
import { numbersOf, oneTo, readTopic, storedSagas } from './topic-events.ts'

const definitions = [shipParcel({})]

/** A saga that waited for its events would not end before the topic is mended. */
const waitS = 50

let world: EngineWorld

beforeEach(async () => {
  world = await EngineWorld.start(definitions)
})
afterEach(async () => {
  // The next test makes it anew, with its usual settings.
  await world.kafka.remove(eventsTopic)
  await world.stop()
})

const leftovers = async () => (await world.sagasDb.query('select 1 from publish_batches')).rowCount

it('sagas go on while the topic of events takes nothing, and are told when it does', async () => {
  await world.kafka.createSick(eventsTopic, enginePartitions)
  const { client } = await world.startOrchestrator({ definitions })
  await world.startParcels()
  for (let round = 0; round < 3; round += 1) {
    const parcels = Array.from({ length: 30 }, (_, at) => `untold ${round} ${at}`)
    const ended = await Promise.all(
      parcels.map((parcel) => client.start('ship-parcel', { parcel }, { waitS })),
    )
    expect(new Set(ended.map(({ body }) => body['status']))).toEqual(new Set(['completed']))
  }
  await awaitUntil('all that is left are events, and that is known', async () => {
    const { rows } = await world.sagasDb.query<{ readonly due: boolean }>(
      `select due_at < 'infinity' as due from publish_batches`,
    )
    return rows.length > 0 && rows.some(({ due }) => !due)
  })
  const lag = () => world.kafka.lag('sagaline', ['sagaline.replies'])
  await awaitUntil('no reply has to come again', async () => (await lag()) === 0)
  await world.kafka.mend(eventsTopic)
  await awaitUntil('everything is published', async () => (await leftovers()) === 0)
  const topic = await readTopic(world.kafka)
  const sagas = await storedSagas(world.sagasDb)
  expect(sagas).toHaveLength(90)
  for (const { id, sequence } of sagas) {
    expect(numbersOf(topic.get(id) ?? [])).toEqual(oneTo(sequence))
  }
  const commands = await world.kafka.read('parcels.commands')
  const ids = commands.map(({ headers }) => `${headers['ce_id']}#${headers['ce_attempt']}`)
  expect(ids.length - new Set(ids).size, 'commands are not repeated for it').toBe(0)
}, 240_000)
