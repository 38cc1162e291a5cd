// What a peer committed and did not bring to Kafka is brought there by whoever is alive, and only
// what is still meant.
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { IncomingRecord } from '../../messaging/bus.ts'
import type { OrchestratorPoint } from '../../orchestrator/points.ts'
import { awaitUntil } from '../system/await-until.ts'
import { EngineWorld } from './engine-world.ts'
import { neverMs, parcelsTopic, shipParcel } from './parcels.ts'

/** A leftover is taken over after 3 s, so its saga must be well on by then. */
const takenOverMs = 40_000
const definitions = [
  shipParcel({ loadVan: { attempts: 2, firstDelayMs: neverMs, delayMsMax: neverMs } }),
]

let world: EngineWorld
const releases: (() => void)[] = []
/** From then on nothing hangs any more: what comes again on the way out goes through. */
let isOver = false

beforeEach(async () => {
  isOver = false
  world = await EngineWorld.start(definitions)
})
afterEach(async () => {
  isOver = true
  for (const release of releases.splice(0)) release()
  await world.stop()
})

/** At that point it stands still for ever: committed, and never published. */
function hangingAt(hung: OrchestratorPoint): (point: OrchestratorPoint) => Promise<void> {
  return async (point) => {
    if (point !== hung || isOver) return
    await new Promise<void>((resolve) => releases.push(resolve))
  }
}

async function leftovers(): Promise<number> {
  return (await world.sagasDb.query('select 1 from publish_batches')).rowCount
}

async function statusOf(parcel: string): Promise<string | undefined> {
  const { rows } = await world.sagasDb.query<{ readonly status: string }>(
    'select status from sagas where business_key = $1',
    [parcel],
  )
  return rows[0]?.status
}

async function addLeftover(sagaId: string): Promise<void> {
  await world.sagasDb.query(
    `insert into publish_batches values (gen_random_uuid(), array[$1::uuid], clock_timestamp())`,
    [sagaId],
  )
}

async function commandsOf(sagaId: string): Promise<readonly IncomingRecord[]> {
  const records = await world.kafka.read(parcelsTopic)
  return records.filter(({ key }) => key?.toString() === sagaId)
}

const nameOf = ({ headers }: IncomingRecord) =>
  `${headers['ce_id']?.toString().split('/').slice(1).join('/')}#${headers['ce_attempt']}`

it('the first commands of a start that a peer never published are published by the other', async () => {
  const hung = await world.startOrchestrator({
    definitions,
    onPoint: hangingAt('start.after-commit-before-publish'),
  })
  await world.startOrchestrator({ definitions })
  await world.startParcels()
  const unanswered = hung.client.start('ship-parcel', { parcel: 'left by a peer' })
  unanswered.catch(() => undefined)
  await awaitUntil('it is committed', async () => (await statusOf('left by a peer')) === 'running')
  await awaitUntil(
    'the saga ends',
    async () => (await statusOf('left by a peer')) === 'completed',
    takenOverMs,
  )
  await awaitUntil('nothing is left over', async () => (await leftovers()) === 0)
}, 120_000)

it('the next commands that a peer never published are published by the other', async () => {
  const only = await world.startOrchestrator({
    definitions,
    onPoint: hangingAt('advance.after-commit-before-publish'),
  })
  await world.startParcels()
  await only.client.start('ship-parcel', { parcel: 'hung on the way' })
  await awaitUntil('a step further is committed', async () => releases.length > 0)
  await world.startOrchestrator({ definitions })
  // Its partitions stay with the peer that hangs, so only the command itself can be seen to come.
  const { rows } = await world.sagasDb.query<{ readonly id: string }>('select id from sagas')
  const id = rows[0]?.id ?? ''
  await awaitUntil(
    'the command of the second step is on the topic',
    async () => (await commandsOf(id)).map(nameOf).includes('loadVan/do/1#1'),
    takenOverMs,
  )
}, 120_000)

it('nothing is left over once all is quiet', async () => {
  const orchestrator = await world.startOrchestrator({ definitions })
  await world.startParcels()
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, at) =>
      orchestrator.client.start('ship-parcel', { parcel: `quiet ${at}` }, { waitS: 50 }),
    ),
  )
  expect(new Set(answers.map(({ body }) => body['status']))).toEqual(new Set(['completed']))
  await awaitUntil('nothing is left over', async () => (await leftovers()) === 0)
  const { rows } = await world.sagasDb.query('select 1 from timers')
  expect(rows).toEqual([])
})

it('a leftover of a saga that has ended sends nothing', async () => {
  const orchestrator = await world.startOrchestrator({ definitions })
  await world.startParcels()
  const input = { parcel: 'ended' }
  const { body } = await orchestrator.client.start('ship-parcel', input, { waitS: 50 })
  const id = String(body['id'])
  const before = (await commandsOf(id)).map(nameOf)
  await addLeftover(id)
  await awaitUntil('the leftover is dealt with', async () => (await leftovers()) === 0)
  expect((await commandsOf(id)).map(nameOf)).toEqual(before)
  expect(before).toEqual(['takeShelf/do/1#1', 'loadVan/do/1#1', 'announce/do/1#1'])
})

it('a leftover of a saga that moved on sends what is awaited now, as it was sent before', async () => {
  const orchestrator = await world.startOrchestrator({ definitions })
  const stopParcels = await world.startParcels()
  world.parcels.breakDown('parcels.load-van', 'throws')
  await orchestrator.client.start('ship-parcel', { parcel: 'helper' })
  const { body } = await orchestrator.client.start('ship-parcel', { parcel: 'moved on' })
  const id = String(body['id'])
  await awaitUntil('it waits for the van', async () => {
    return (await commandsOf(id)).map(nameOf).includes('loadVan/do/1#1')
  })
  await awaitUntil('the van fails', async () => {
    const { steps } = await orchestrator.client.saga(id)
    return steps[1]?.error !== undefined && steps[1].error !== null
  })
  await stopParcels()
  // While it pauses, nothing is awaited; so nothing may be sent.
  const paused = await commandsOf(id)
  await addLeftover(id)
  await awaitUntil('the leftover is dealt with', async () => (await leftovers()) === 0)
  expect(await commandsOf(id)).toEqual(paused)

  const second = await orchestrator.client.start('ship-parcel', { parcel: 'waits' })
  const waitingId = String(second.body['id'])
  await addLeftover(waitingId)
  const sent = await awaitUntil('its command is sent again', async () => {
    const commands = await commandsOf(waitingId)
    return commands.length >= 2 && commands
  })
  expect(new Set(sent.map(nameOf))).toEqual(new Set(['takeShelf/do/1#1']))
  const [original, again] = sent
  expect(again?.value).toEqual(original?.value)
  expect(again?.headers).toEqual(original?.headers)
})

it('an orchestrator without the definition leaves a leftover to those that have it', async () => {
  const knowing = await world.startOrchestrator({ definitions })
  const { body } = await knowing.client.start('ship-parcel', { parcel: 'unknown here' })
  const id = String(body['id'])
  await awaitUntil('it is published', async () => (await leftovers()) === 0)
  await knowing.stop()
  await addLeftover(id)
  const blind = await world.startOrchestrator({ definitions: [], allowMissingDefinitions: true })
  await awaitUntil('the one without has looked at it', async () => {
    const { rowCount } = await world.sagasDb.query(
      `select 1 from publish_batches where due_at > clock_timestamp() + interval '1 s'`,
    )
    return rowCount === 1 || (await leftovers()) === 0
  })
  await blind.stop()
  expect(await leftovers()).toBe(1)
  await world.startOrchestrator({ definitions })
  await awaitUntil('the one with it sends the command', async () => {
    return (await commandsOf(id)).length >= 2
  })
})
