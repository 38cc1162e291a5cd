// Where a saga cannot go on by itself it is parked, visible, and moves on when a person says so
// after the mend.
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { SagaView } from '../../orchestrator/store/saga-view.ts'
import { awaitUntil } from '../system/await-until.ts'
import { EngineWorld, type RunningOrchestrator } from './engine-world.ts'
import { factsOf, times } from './history-facts.ts'
import { shipParcel } from './parcels.ts'

const undoAttempts = 2
const definitions = [shipParcel({ undo: { attempts: undoAttempts, firstDelayMs: 50 } })]
const waitS = 50
const person = { actor: 'ada', reason: 'the shelf is mended' }

let world: EngineWorld
let orchestrator: RunningOrchestrator

beforeAll(async () => {
  world = await EngineWorld.start(definitions)
  orchestrator = await world.startOrchestrator({ definitions })
  await world.startParcels({ attempts: 1 })
})
afterAll(() => world.stop())
beforeEach(() => {
  world.parcels.breakDown('parcels.load-van', 'refuses')
  world.parcels.breakDown('parcels.clear-shelf', 'throws')
})

async function startStuck(parcel: string): Promise<SagaView> {
  const { body } = await orchestrator.client.start('ship-parcel', { parcel }, { waitS })
  expect(body['status']).toBe('stuck')
  return body as unknown as SagaView
}

async function awaitStatus(id: string, status: string): Promise<SagaView> {
  return awaitUntil(`saga ${id} is ${status}`, async () => {
    const saga = await orchestrator.client.saga(id)
    return saga.status === status && saga
  })
}

it('an undo that always fails parks the saga, with what went wrong and nothing more to come', async () => {
  const saga = await startStuck('parked')
  expect(saga.stuck).toMatchObject({ step: 'takeShelf', direction: 'undo' })
  expect(saga.stuck?.reason).toMatchObject({ code: 'HANDLER_FAILED' })
  expect(saga.nextTimerAt).toBeNull()
  const facts = await factsOf(world.sagasDb, saga.id)
  expect(facts.filter((fact) => fact.startsWith('command.sent takeShelf undo'))).toHaveLength(
    undoAttempts,
  )
})

it('a retry after the mend compensates it, and the history says who and why', async () => {
  const { id } = await startStuck('mended')
  world.parcels.mend('parcels.clear-shelf')
  const { status } = await orchestrator.client.retry(id, person)
  expect(status).toBe(202)
  const saga = await awaitStatus(id, 'compensated')
  expect(saga.stuck).toBeNull()
  const history = await orchestrator.client.history(id)
  const retried = history.flatMap(({ facts }) => facts).find(({ type }) => type === 'saga.retried')
  expect(retried?.detail).toEqual(person)
})

it('a retry without a mend parks it again', async () => {
  const { id, revision } = await startStuck('still broken')
  await orchestrator.client.retry(id, person)
  const saga = await awaitUntil('it is parked again', async () => {
    const now = await orchestrator.client.saga(id)
    return now.status === 'stuck' && now.revision > revision + 1 && now
  })
  expect(saga.stuck).toMatchObject({ step: 'takeShelf', direction: 'undo' })
})

it('of two people who retry at once one is told that nothing is stuck any more', async () => {
  const { id } = await startStuck('two people')
  world.parcels.mend('parcels.clear-shelf')
  const answers = await Promise.all([
    orchestrator.client.retry(id, person),
    orchestrator.client.retry(id, { actor: 'bob', reason: 'the same' }),
  ])
  expect(answers.map(({ status }) => status).sort()).toEqual([202, 409])
  expect(answers.find(({ status }) => status === 409)?.body['code']).toBe('SAGA_NOT_STUCK')
  await awaitStatus(id, 'compensated')
  const facts = await factsOf(world.sagasDb, id)
  expect(times(facts, `command.sent takeShelf undo#${undoAttempts + 1}`)).toBe(1)
})

it('a saga that is not stuck cannot be retried', async () => {
  world.parcels.mend('parcels.load-van')
  const done = await orchestrator.client.start('ship-parcel', { parcel: 'fine' }, { waitS })
  const { status, body } = await orchestrator.client.retry(String(done.body['id']), person)
  expect([status, body['code']]).toEqual([409, 'SAGA_NOT_STUCK'])
})
