// What a person tells a saga, over REST with a real Kafka and Postgres: each verb does what it
// says, once, and what participants answer later cannot undo it.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Db } from '../../messaging/db.ts'
import { messagingError } from '../../messaging/errors.ts'
import type { SagaStatus } from '../../orchestrator/engine/saga.ts'
import { awaitUntil } from '../system/await-until.ts'
import { EngineWorld, type RunningOrchestrator } from './engine-world.ts'
import { factsOf, times } from './history-facts.ts'
import { neverMs, shipParcel } from './parcels.ts'

/** A broken van keeps its saga waiting; what is refused is stuck at once. */
const pausing = { attempts: 2, firstDelayMs: neverMs, delayMsMax: neverMs }
const definitions = [shipParcel({ loadVan: pausing, undo: { attempts: 1 } })]
const waitS = 50
const by = { actor: 'ada', reason: 'the customer called' }

let world: EngineWorld
let orchestrator: RunningOrchestrator
let stopParcels: () => Promise<void>
/** COMMITs that take place, but whose answers are lost. */
let answersToLose = 0

function losingAnswers(db: Db): Db {
  const transaction: Db['transaction'] = async (work) => {
    const result = await db.transaction(work)
    if (answersToLose === 0) return result
    answersToLose -= 1
    throw messagingError('COMMIT_UNKNOWN')
  }
  return { ...db, transaction }
}

beforeAll(async () => {
  world = await EngineWorld.start(definitions)
  orchestrator = await world.startOrchestrator({ definitions, wrapDb: losingAnswers })
  stopParcels = await world.startParcels({ attempts: 1 })
})
afterAll(() => world.stop())
beforeEach(() => {
  for (const command of ['load-van', 'clear-shelf', 'announce'] as const) {
    world.parcels.mend(`parcels.${command}`)
  }
})

const tell = (id: string, verb: string, body: object = by, key?: string) =>
  orchestrator.client.tell(id, verb, body, key)

async function start(parcel: string, wait = false): Promise<string> {
  const options = wait ? { waitS } : {}
  const { body } = await orchestrator.client.start('ship-parcel', { parcel }, options)
  return String(body['id'])
}

async function awaitStatus(id: string, status: SagaStatus) {
  return awaitUntil(`saga ${id} is ${status}`, async () => {
    const saga = await orchestrator.client.saga(id)
    return saga.status === status && saga
  })
}

/** Its van is broken, and will not be tried again by itself. */
async function startHeldUp(parcel: string): Promise<string> {
  world.parcels.breakDown('parcels.load-van', 'throws')
  const id = await start(parcel)
  await awaitUntil('it waits before another try', async () => {
    const { steps } = await orchestrator.client.saga(id)
    return steps[1]?.error !== undefined && steps[1].error !== null
  })
  world.parcels.mend('parcels.load-van')
  return id
}

async function startStuckInUndo(parcel: string): Promise<string> {
  world.parcels.breakDown('parcels.load-van', 'refuses')
  world.parcels.breakDown('parcels.clear-shelf', 'refuses')
  const id = await start(parcel, true)
  await awaitStatus(id, 'stuck')
  return id
}

async function withoutParcels(work: () => Promise<void>): Promise<void> {
  await stopParcels()
  await work()
  stopParcels = await world.startParcels({ attempts: 1 })
}

describe('a verb', () => {
  it('is in the history with who and why', async () => {
    const id = await startHeldUp('by ada')
    expect((await tell(id, 'cancel')).status).toBe(202)
    const history = await orchestrator.client.history(id)
    const entry = history.find(({ type }) => type === 'operated')
    expect(entry?.facts[0]).toMatchObject({ type: 'saga.cancelled', detail: by })
  })

  it('that comes twice with one key happens once, and is answered the same', async () => {
    const id = await startStuckInUndo('asked twice')
    world.parcels.mend('parcels.clear-shelf')
    const answers = [await tell(id, 'retry', by, 'k'), await tell(id, 'retry', by, 'k')]
    await awaitStatus(id, 'compensated')
    answers.push(await tell(id, 'retry', by, 'k'))
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202])
    expect(answers.at(-1)?.body['status']).toBe('compensated')
    const facts = await factsOf(world.sagasDb, id)
    expect(facts.filter((fact) => fact.startsWith('saga.retried'))).toHaveLength(1)
    const other = await tell(id, 'retry', by, 'another key')
    expect(other.body['code']).toBe('SAGA_NOT_STUCK')
  })

  it('whose COMMIT lost its answer happened once, and is answered as done', async () => {
    const id = await startStuckInUndo('lost answer')
    world.parcels.mend('parcels.clear-shelf')
    answersToLose = 1
    const { status, body } = await tell(id, 'retry')
    expect([status, body['code']]).toEqual([202, undefined])
    expect(answersToLose).toBe(0)
    await awaitStatus(id, 'compensated')
    const facts = await factsOf(world.sagasDb, id)
    expect(facts.filter((fact) => fact.startsWith('saga.retried'))).toHaveLength(1)
    expect(times(facts, 'command.sent takeShelf undo#2')).toBe(1)
  })

  it('shows beforehand what it would do', async () => {
    const id = await startStuckInUndo('foretold')
    const { body } = await orchestrator.client.get(`/sagas/${id}/verbs`)
    const items = body['items'] as readonly Readonly<Record<string, unknown>>[]
    const of = (verb: string) => items.filter((item) => item['verb'] === verb)
    const retry = { outcome: 'acts', status: 'compensating', commands: ['takeShelf undo'] }
    expect(of('retry')).toMatchObject([retry])
    expect(of('resume')).toMatchObject([{ outcome: 'no-change' }])
    expect(of('skip')).toMatchObject([
      { step: 'takeShelf', visit: 1, effect: 'done', outcome: 'acts', status: 'compensated' },
      { step: 'takeShelf', visit: 1, effect: 'none', outcome: 'acts', status: 'compensated' },
    ])
    expect((await orchestrator.client.saga(id)).status).toBe('stuck')
  })
})

describe('cancel', () => {
  it('undoes what was done and what may have been', async () => {
    const id = await startHeldUp('cancelled')
    expect((await tell(id, 'cancel')).status).toBe(202)
    const { steps, failure } = await awaitStatus(id, 'compensated')
    expect(steps.map(({ name, undo }) => [name, undo])).toEqual([
      ['takeShelf', 'done'],
      ['loadVan', 'done'],
    ])
    expect(failure?.reason).toBe('cancelled by ada: the customer called')
  })

  it('is refused past the point of no return', async () => {
    world.parcels.breakDown('parcels.announce', 'throws')
    const id = await start('too late to cancel', true)
    const { status, body } = await tell(id, 'cancel')
    expect([status, body['code'], body['sagaId']]).toEqual([409, 'SAGA_PAST_PIVOT', id])
  })
})

describe('pause and resume', () => {
  it('keep the answers that come in between, and take them up', async () => {
    let id = ''
    await withoutParcels(async () => {
      id = await start('held back')
      expect((await tell(id, 'pause')).body).toMatchObject({ status: 'paused', pause: by })
    })
    await awaitUntil('the answer is kept', async () =>
      (await factsOf(world.sagasDb, id)).includes('event.held'),
    )
    const { status, steps, nextTimerAt } = await orchestrator.client.saga(id)
    expect([status, steps.length, nextTimerAt]).toEqual(['paused', 1, null])
    expect((await tell(id, 'cancel')).body['code']).toBe('SAGA_PAUSED')
    expect((await tell(id, 'resume')).status).toBe(202)
    const { pause } = await awaitStatus(id, 'completed')
    expect(pause).toBeNull()
  })
})

describe('terminate', () => {
  it('ends the saga at once; an effect that shows later is flagged', async () => {
    let id = ''
    await withoutParcels(async () => {
      id = await start('gone')
      expect((await tell(id, 'terminate')).body).toMatchObject({ status: 'terminated' })
    })
    const { flags, status } = await awaitUntil('the late answer is flagged', async () => {
      const saga = await orchestrator.client.saga(id)
      return saga.flags.length > 0 && saga
    })
    expect(status).toBe('terminated')
    expect(flags).toMatchObject([{ step: 'takeShelf', direction: 'do' }])
    const facts = await factsOf(world.sagasDb, id)
    expect(facts.filter((fact) => fact.includes(' undo#'))).toEqual([])
    expect((await tell(id, 'resume')).body['code']).toBe('SAGA_ENDED')
  })
})

describe('skip', () => {
  it('goes past an undo that a person did by hand', async () => {
    const id = await startStuckInUndo('by hand')
    const { body } = await tell(id, 'skip', { ...by, step: 'takeShelf', effect: 'done' })
    expect(body).toMatchObject({ status: 'compensated', flags: [] })
  })

  it('flags the effect that stays', async () => {
    const id = await startStuckInUndo('stays')
    const { body } = await tell(id, 'skip', { ...by, step: 'takeShelf', effect: 'none' })
    expect(body).toMatchObject({ status: 'compensated', flags: [{ step: 'takeShelf' }] })
  })

  it('of a step after the pivot goes on without it', async () => {
    world.parcels.breakDown('parcels.announce', 'refuses')
    const id = await start('unannounced', true)
    const { body } = await tell(id, 'skip', { ...by, step: 'announce', effect: 'none' })
    expect(body['status']).toBe('completed')
  })

  it('is refused for what is not parked', async () => {
    const id = await startStuckInUndo('not this one')
    const { status, body } = await tell(id, 'skip', { ...by, step: 'loadVan', effect: 'done' })
    expect([status, body['code']]).toEqual([409, 'STEP_NOT_PARKED'])
  })
})

describe('abandon', () => {
  it('gives the saga up, and flags what stays', async () => {
    const id = await startStuckInUndo('given up')
    const { body } = await tell(id, 'abandon')
    expect(body).toMatchObject({ status: 'abandoned', flags: [{ step: 'takeShelf' }] })
    expect((await tell(id, 'retry')).body['code']).toBe('SAGA_NOT_STUCK')
  })
})
