// The topic `sagaline.events` says all that Postgres knows of each saga, whatever happened on the
// way, and its absence holds up no saga.
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Json } from '../../messaging/message.ts'
import type { OrchestratorPoint } from '../../orchestrator/points.ts'
import { awaitUntil } from '../system/await-until.ts'
import { EngineWorld, type RunningOrchestrator } from './engine-world.ts'
import { neverMs, shipParcel } from './parcels.ts'
import { allToldIn, readTopic, topicTellsAll } from './topic-events.ts'

const soon = { firstDelayMs: 20, delayMsMax: 20 }
const definition = shipParcel({
  forward: { attempts: 2, timeoutMs: neverMs, ...soon },
  undo: { attempts: 1, timeoutMs: neverMs },
})
const definitions = [definition]
const definitionOf = () => definition

/** A leftover is taken over after 3 s. */
const takenOverMs = 40_000

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

/** From the nth time on it stands still at that point: committed, and never published. */
function hangingAt(hung: OrchestratorPoint, nth: number) {
  let hits = 0
  return async (point: OrchestratorPoint): Promise<void> => {
    if (point !== hung || isOver) return
    hits += 1
    if (hits >= nth) await new Promise<void>((resolve) => releases.push(resolve))
  }
}

async function ship({ client }: RunningOrchestrator, parcel: string): Promise<Json> {
  const { body } = await client.start('ship-parcel', { parcel }, { waitS: 50 })
  return body['status'] as Json
}

const allPublished = (limitMs?: number) => allToldIn(world, limitMs)

async function statusOf(parcel: string): Promise<string | undefined> {
  const { rows } = await world.sagasDb.query<{ readonly status: string }>(
    'select status from sagas where business_key = $1',
    [parcel],
  )
  return rows[0]?.status
}

/** Answers how many sagas were compared. */
const expectTopicTellsAll = () => topicTellsAll(world, definitionOf)

it('every saga can be rebuilt from the topic alone, as Postgres has it', async () => {
  const orchestrator = await world.startOrchestrator({ definitions })
  await world.startParcels()
  expect(await ship(orchestrator, 'all well')).toBe('completed')

  world.parcels.breakDown('parcels.load-van', 'refuses')
  expect(await ship(orchestrator, 'no room')).toBe('compensated')

  world.parcels.breakDown('parcels.load-van', 'throws')
  expect(await ship(orchestrator, 'van broken')).toBe('compensated')
  world.parcels.mend('parcels.load-van')

  world.parcels.breakDown('parcels.announce', 'refuses')
  expect(await ship(orchestrator, 'stays stuck')).toBe('stuck')
  expect(await ship(orchestrator, 'retried')).toBe('stuck')
  world.parcels.mend('parcels.announce')
  const { rows } = await world.sagasDb.query<{ readonly id: string }>(
    `select id from sagas where business_key = 'retried'`,
  )
  await orchestrator.client.retry(rows[0]?.id ?? '', { actor: 'ann', reason: 'mended' })
  await awaitUntil('it goes on', async () => (await statusOf('retried')) === 'completed')

  const many = Array.from({ length: 100 }, (_, at) => ship(orchestrator, `one of many ${at}`))
  expect(new Set(await Promise.all(many))).toEqual(new Set(['completed']))
  expect(await expectTopicTellsAll()).toBe(105)
})

it('the usual saga is told in five events, each once', async () => {
  const orchestrator = await world.startOrchestrator({ definitions })
  await world.startParcels()
  await ship(orchestrator, 'the usual')
  await allPublished()
  const [events] = [...(await readTopic(world.kafka)).values()]
  const told = events?.map(({ type, data }) => [type, data.step, data.sent?.map((s) => s.step)])
  expect(told).toEqual([
    ['saga.started', undefined, ['takeShelf']],
    ['step.succeeded', 'takeShelf', ['loadVan']],
    ['step.succeeded', 'loadVan', ['announce']],
    ['step.succeeded', 'announce', undefined],
    ['saga.completed', undefined, undefined],
  ])
  expect(events?.map(({ data }) => data.saga.businessKey)).toEqual(Array(5).fill('the usual'))
})

it('the start of a saga that a peer never told is told by the other', async () => {
  const onPoint = hangingAt('start.after-commit-before-publish', 1)
  const hung = await world.startOrchestrator({ definitions, onPoint })
  await world.startOrchestrator({ definitions })
  await world.startParcels()
  hung.client.start('ship-parcel', { parcel: 'left' }).catch(() => undefined)
  const isDone = async () => (await statusOf('left')) === 'completed'
  await awaitUntil('the saga ends', isDone, takenOverMs)
  expect(await expectTopicTellsAll()).toBe(1)
}, 120_000)

it('the end of a saga that a peer never told is told by another, without its definition', async () => {
  // One reply a commit, so that the third one is the end.
  const onPoint = hangingAt('advance.after-commit-before-publish', 3)
  const hung = await world.startOrchestrator({ definitions, onPoint })
  await world.startParcels()
  hung.client.start('ship-parcel', { parcel: 'ended' }).catch(() => undefined)
  await awaitUntil('it has ended', async () => (await statusOf('ended')) === 'completed')
  await world.startOrchestrator({ definitions: [], allowMissingDefinitions: true })
  await allPublished(takenOverMs)
  expect(await expectTopicTellsAll()).toBe(1)
}, 120_000)

it('what is told twice is the same, byte for byte', async () => {
  const orchestrator = await world.startOrchestrator({ definitions })
  await world.startParcels()
  world.parcels.breakDown('parcels.load-van', 'refuses')
  await ship(orchestrator, 'told twice')
  await allPublished()
  await world.sagasDb.query(
    `insert into publish_batches (id, saga_ids, due_at)
     select batch_id, array_agg(distinct saga_id), clock_timestamp() from history group by batch_id`,
  )
  await allPublished(takenOverMs)
  const records = await world.kafka.read('sagaline.events')
  const copies = Map.groupBy(records, ({ headers }) => String(headers['ce_id']))
  for (const [id, [first, ...others]] of copies) {
    expect(others, id).toHaveLength(1)
    expect(others[0]?.value?.toString(), id).toBe(first?.value?.toString())
    expect(others[0]?.headers, id).toEqual(first?.headers)
  }
}, 120_000)

it('while its topic is missing sagas go on, and are told when it is there', async () => {
  await world.kafka.remove('sagaline.events')
  const orchestrator = await world.startOrchestrator({ definitions })
  await world.startParcels()
  const parcels = Array.from({ length: 60 }, (_, at) => `untold ${at}`)
  // Those that waited for their events would not end meanwhile.
  const ended = await Promise.all(parcels.map((parcel) => ship(orchestrator, parcel)))
  expect(new Set(ended)).toEqual(new Set(['completed']))
  // Nothing but the events is left to publish, and that is known.
  await awaitUntil('their batches are set aside', async () => {
    const { rows } = await world.sagasDb.query<{ readonly due: boolean; readonly n: number }>(
      `select due_at = 'infinity' as due, count(*)::int as n from publish_batches group by 1`,
    )
    const waiting = rows.filter(({ due }) => due).reduce((sum, { n }) => sum + n, 0)
    const due = rows.filter(({ due }) => !due).reduce((sum, { n }) => sum + n, 0)
    // One at a time is tried again.
    return waiting > 0 && due <= 1
  })
  expect(await ship(orchestrator, 'one more')).toBe('completed')
  await world.migrate(definitions)
  await allPublished(takenOverMs)
  expect(await expectTopicTellsAll()).toBe(61)
  const commands = await world.kafka.read('parcels.commands')
  const ids = commands.map(({ headers }) => `${headers['ce_id']}#${headers['ce_attempt']}`)
  expect(ids.length - new Set(ids).size, 'commands are not repeated for it').toBe(0)
}, 180_000)
