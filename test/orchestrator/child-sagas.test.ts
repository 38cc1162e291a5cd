// A saga as a step of another one: it runs once, its end is the reply, and it can be taken back.
import { afterEach, beforeEach, expect, it } from 'vitest'
import { awaitUntil } from '../system/await-until.ts'
import { awaitStatus, rowsOf } from './child-world.ts'
import { EngineWorld, type RunningOrchestrator } from './engine-world.ts'
import { deliver, sendGift } from './gift-sagas.ts'
import { factsOf } from './history-facts.ts'

const definitions = [deliver, sendGift]

let world: EngineWorld

beforeEach(async () => {
  world = await EngineWorld.start(definitions)
})
afterEach(() => world.stop())

async function startGift(parcel: string): Promise<RunningOrchestrator> {
  const orchestrator = await world.startOrchestrator({ definitions })
  const { status } = await orchestrator.client.start('send-gift', { parcel })
  expect(status).toBe(202)
  return orchestrator
}

const by = { actor: 'ann', reason: 'told so' }

/** Which handlers ran: `<saga> <step> <direction>`. */
function ran(names: Readonly<Record<string, string>>): readonly string[] {
  return world.parcels.ran.map((id) => {
    const [saga = '', step, direction] = id.split('/')
    return `${names[saga]} ${step} ${direction}`
  })
}

it('a parent goes on with the output of its child', async () => {
  await startGift('fine')
  await world.startParcels()
  const parent = await awaitStatus(world, 'send-gift', 'completed')
  const [child, ...others] = await rowsOf(world, 'deliver')
  expect(others).toEqual([])
  expect(child?.status).toBe('completed')
  expect(child?.snapshot.parent).toMatchObject({ sagaId: parent.id, step: 'deliver', visit: 1 })
  const { rows } = await world.sagasDb.query('select id from sagas where parent_id = $1', [
    parent.id,
  ])
  expect(rows).toEqual([{ id: child?.id }])
  expect(child?.snapshot.output).toEqual({ shelf: child?.id })
  expect(parent.snapshot.output).toEqual({ from: child?.id })
  expect(await factsOf(world.sagasDb, parent.id)).toContain('step.succeeded deliver do#1')
  expect(await world.sagasDb.query('select 1 from dead_letters')).toMatchObject({ rowCount: 0 })
  await awaitUntil('nothing is left over', async () => {
    return (await world.sagasDb.query('select 1 from publish_batches')).rowCount === 0
  })
})

it('a child that turned back is a refusal to its parent, with the reason', async () => {
  world.parcels.breakDown('parcels.load-van', 'refuses')
  await startGift('no van')
  await world.startParcels()
  const parent = await awaitStatus(world, 'send-gift', 'compensated')
  const [child] = await rowsOf(world, 'deliver')
  expect(child?.status).toBe('compensated')
  const facts = await factsOf(world.sagasDb, parent.id)
  expect(facts).toContain('step.refused deliver do#1')
  expect(facts.filter((fact) => fact.includes('undo'))).toEqual([])
  expect(parent.snapshot.failure?.reason).toEqual({
    saga: child?.id,
    status: 'compensated',
    step: 'loadVan',
    reason: 'not today',
  })
})

it('what a completed child did is undone in reverse before its parent ends', async () => {
  world.parcels.breakDown('parcels.announce', 'refuses')
  await startGift('nobody home')
  await world.startParcels()
  const parent = await awaitStatus(world, 'send-gift', 'compensated')
  const child = await awaitStatus(world, 'deliver', 'compensated')
  expect(ran({ [parent.id]: 'parent', [child.id]: 'child' })).toEqual([
    'child takeShelf do',
    'child loadVan do',
    'parent announce do',
    'child loadVan undo',
    'child takeShelf undo',
  ])
  expect(child.ended_at?.getTime()).toBeLessThanOrEqual(parent.ended_at?.getTime() ?? 0)
  const facts = await factsOf(world.sagasDb, child.id)
  expect(facts.slice(facts.indexOf('saga.revoked'))).toEqual([
    'saga.revoked',
    'saga.compensating',
    'command.sent loadVan undo#1',
    'undo.succeeded loadVan undo#1',
    'command.sent takeShelf undo#1',
    'undo.succeeded takeShelf undo#1',
    'saga.compensated',
  ])
  const { rows } = await world.sagasDb.query('select 1 from timers')
  expect(rows).toEqual([])
})

it('a parent that is cancelled takes back its child where it is, and ends when that has', async () => {
  const { client } = await startGift('changed mind')
  const child = await awaitStatus(world, 'deliver', 'running')
  const [parent] = await rowsOf(world, 'send-gift')
  expect((await client.tell(parent?.id ?? child.id, 'cancel', by)).status).toBe(202)
  // The child's participant is away, so nothing but its parent can have turned it back.
  const turned = await awaitStatus(world, 'deliver', 'compensating')
  expect(turned.snapshot.failure?.reason).toBe('its parent takes it back')
  expect((await rowsOf(world, 'send-gift'))[0]?.status).toBe('compensating')
  await world.startParcels()
  const ended = await awaitStatus(world, 'send-gift', 'compensated')
  await awaitStatus(world, 'deliver', 'compensated')
  expect((await factsOf(world.sagasDb, ended.id)).slice(-4)).toEqual([
    'step.unknown deliver do#1',
    'command.sent deliver undo#1',
    'undo.succeeded deliver undo#1',
    'saga.compensated',
  ])
})

it('a child that a person terminated leaves its parent stuck, with the reason', async () => {
  const { client } = await startGift('cut off')
  const child = await awaitStatus(world, 'deliver', 'running')
  expect((await client.tell(child.id, 'terminate', by)).status).toBe(202)
  const parent = await awaitStatus(world, 'send-gift', 'stuck')
  const facts = await factsOf(world.sagasDb, parent.id)
  expect(facts).toContain('step.unknown deliver do#1')
  expect(facts).toContain('undo.refused deliver undo#1')
  expect(parent.snapshot.stuck).toMatchObject({
    step: 'deliver',
    direction: 'undo',
    reason: { saga: child.id, status: 'terminated' },
  })
})

it('children take semantic locks as other sagas do', async () => {
  const locked = Object.freeze({ ...deliver, locks: () => ['the van'] })
  const { client } = await world.startOrchestrator({ definitions: [locked, sendGift] })
  for (const parcel of ['one', 'two']) await client.start('send-gift', { parcel })
  await awaitUntil('one child runs and one waits', async () => {
    const statuses = (await rowsOf(world, 'deliver')).map(({ status }) => status)
    return statuses.sort().join() === 'running,waiting'
  })
  await world.startParcels()
  await awaitUntil('both gifts are sent', async () => {
    const rows = await rowsOf(world, 'send-gift')
    return rows.every(({ status }) => status === 'completed')
  })
  expect((await world.sagasDb.query('select 1 from locks')).rowCount).toBe(0)
})

it('two orchestrators run every child once', async () => {
  const [one, two] = await Promise.all([
    world.startOrchestrator({ definitions }),
    world.startOrchestrator({ definitions }),
  ])
  await world.startParcels()
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, at) =>
      (at % 2 ? one : two).client.start('send-gift', { parcel: `gift ${at}` }, { waitS: 50 }),
    ),
  )
  expect(new Set(answers.map(({ body }) => body['status']))).toEqual(new Set(['completed']))
  const children = await rowsOf(world, 'deliver')
  expect(children).toHaveLength(60)
  expect(new Set(children.map(({ status }) => status))).toEqual(new Set(['completed']))
  const parents = children.map(({ snapshot }) => snapshot.parent?.sagaId)
  expect(new Set(parents).size).toBe(60)
  expect(new Set(world.parcels.ran).size).toBe(world.parcels.ran.length)
})
