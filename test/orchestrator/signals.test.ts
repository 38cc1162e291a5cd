// Signals over REST and over Kafka, by id and by business key: before the saga waits, while it
// waits and after; twice; refused; and ahead of the saga itself.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SagaStatus } from '../../orchestrator/engine/saga.ts'
import { type SendSignal, sendSignal } from '../../participant/index.ts'
import { listDeadLetters } from '../messaging/list-dead-letters.ts'
import { awaitUntil } from '../system/await-until.ts'
import { EngineWorld, type RunningOrchestrator } from './engine-world.ts'
import { factsOf, times } from './history-facts.ts'
import { holdParcel, releaseParcel } from './hold-parcel.ts'
import { neverMs, parcelsService } from './parcels.ts'
import { cipherOf } from './sensitive-sagas.ts'

const definitions = [holdParcel, releaseParcel]
const cipher = cipherOf(1)
const signalsTopic = 'sagaline.signals'
const signalsGroup = 'sagaline.signals'

let world: EngineWorld
let one: RunningOrchestrator
let two: RunningOrchestrator

beforeAll(async () => {
  world = await EngineWorld.start(definitions)
  ;[one, two] = await Promise.all([
    world.startOrchestrator({ definitions, cipher }),
    world.startOrchestrator({ definitions, cipher }),
  ])
  await world.startParcels({ attempts: 1 })
})
afterAll(() => world.stop())

async function start(parcel: string): Promise<string> {
  const { body } = await one.client.start('hold-parcel', { parcel })
  return String(body['id'])
}

async function awaitState(id: string, state: string) {
  return awaitUntil(`saga ${id} is in ${state}`, async () => {
    const saga = await one.client.saga(id)
    return saga.state === state && saga
  })
}

async function awaitStatus(id: string, status: SagaStatus) {
  return awaitUntil(`saga ${id} is ${status}`, async () => {
    const saga = await one.client.saga(id)
    return saga.status === status && saga
  })
}

async function startHeld(parcel: string): Promise<string> {
  const id = await start(parcel)
  await awaitState(id, 'held')
  return id
}

async function heldUp(parcel: string): Promise<string> {
  world.parcels.breakDown('parcels.take-shelf', 'throws')
  const id = await start(parcel)
  await awaitUntil('its shelf is refused for now', async () => {
    const { steps } = await one.client.saga(id)
    return steps[0]?.error !== null
  })
  return id
}

const ann = { data: { by: 'ann' } }

describe('a signal over REST', () => {
  it('while the saga waits is delivered, and the saga shows what it waits for until then', async () => {
    const id = await startHeld('waited for')
    const { waitsFor } = await one.client.saga(id)
    expect(waitsFor).toEqual([
      { signal: 'collect', by: null, needsActor: false, dueAt: expect.any(String) },
      { signal: 'sign-off', by: null, needsActor: true, dueAt: expect.any(String) },
    ])
    const { status, body } = await two.client.signal(id, 'collect', ann)
    expect([status, body]).toEqual([202, { sagaId: id, outcome: 'delivered' }])
    const { waitsFor: then } = await awaitStatus(id, 'completed')
    expect(then).toEqual([])
  })

  it('before the saga waits is kept, and delivered when it does', async () => {
    const id = await heldUp('early')
    const { body } = await one.client.signal(id, 'collect', ann)
    expect(body).toEqual({ sagaId: id, outcome: 'kept' })
    world.parcels.mend('parcels.take-shelf')
    await awaitStatus(id, 'completed')
    const facts = await factsOf(world.sagasDb, id)
    expect([times(facts, 'signal.kept'), times(facts, 'signal.delivered')]).toEqual([1, 1])
  })

  it('after the end is refused, but one that was taken is known still', async () => {
    const id = await startHeld('late')
    await one.client.signal(id, 'collect', ann, 'first')
    await awaitStatus(id, 'completed')
    const late = await one.client.signal(id, 'collect', ann, 'second')
    expect([late.status, late.body['code']]).toEqual([409, 'SIGNAL_TOO_LATE'])
    const again = await two.client.signal(id, 'collect', ann, 'first')
    expect([again.status, again.body['outcome']]).toEqual([202, 'repeated'])
  })

  it('with one key is taken once, however many send it at once', async () => {
    const id = await startHeld('twenty times')
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        (at % 2 === 0 ? one : two).client.signal(id, 'collect', ann, 'the same'),
      ),
    )
    const outcomes = answers.map(({ body }) => body['outcome'])
    expect(outcomes.filter((outcome) => outcome === 'delivered')).toHaveLength(1)
    expect(outcomes.filter((outcome) => outcome === 'repeated')).toHaveLength(19)
    const facts = await factsOf(world.sagasDb, id)
    expect(times(facts, 'signal.delivered')).toBe(1)
  })

  it('that the saga does not know, or that does not fit, is refused and changes nothing', async () => {
    const id = await startHeld('misfits')
    const { revision } = await one.client.saga(id)
    const answers = await Promise.all([
      one.client.signal(id, 'lose', {}),
      one.client.signal(id, 'collect', { data: { by: 5 } }),
      one.client.signal(id, 'sign-off', { data: { approved: true } }),
      one.client.signal(randomUUID(), 'collect', ann),
    ])
    expect(answers.map(({ status, body }) => [status, body['code']])).toEqual([
      [404, 'SIGNAL_UNKNOWN'],
      [422, 'SIGNAL_INVALID'],
      [422, 'SIGNAL_INVALID'],
      [404, 'SAGA_NOT_FOUND'],
    ])
    expect((await one.client.saga(id)).revision).toBe(revision)
    const signedOff = { data: { approved: true }, actor: 'ann' }
    expect((await one.client.signal(id, 'sign-off', signedOff)).body['outcome']).toBe('delivered')
  })
})

describe('an approval', () => {
  const startAsking = async (parcel: string) => {
    const { body } = await one.client.start('release-parcel', { parcel })
    const id = String(body['id'])
    await awaitState(id, 'sign-off')
    return id
  }
  const answer = (id: string, approved: boolean, actor = 'ann') =>
    two.client.signal(id, 'sign-off', { data: { approved, comment: 'seen' }, actor })

  it('is asked of somebody by a deadline, and given lets the saga go on', async () => {
    const id = await startAsking('approved')
    const { waitsFor, nextTimerAt } = await one.client.saga(id)
    const [wait] = waitsFor ?? []
    expect(wait).toMatchObject({ signal: 'sign-off', by: 'team-lead', needsActor: true })
    const escalationMs = Date.parse(String(nextTimerAt))
    expect(Date.parse(String(wait?.dueAt)) - escalationMs).toBe(neverMs)
    expect((await answer(id, true)).body['outcome']).toBe('delivered')
    await awaitStatus(id, 'completed')
  })

  it('that is refused turns the saga back, and says by whom', async () => {
    const id = await startAsking('rejected')
    await answer(id, false, 'bob')
    const { failure } = await awaitStatus(id, 'compensated')
    expect(failure?.reason).toMatchObject({ actor: 'bob', data: { approved: false } })
  })
})

describe('a signal by business key', () => {
  const to = (businessKey: string) => ({ saga: 'hold-parcel', businessKey, ...ann })

  it('reaches the living saga, whatever has ended under that key', async () => {
    const ended = await startHeld('by key')
    await one.client.signal(ended, 'collect', ann)
    await awaitStatus(ended, 'completed')
    const living = await startHeld('by key')
    const { body } = await one.client.signalByKey('collect', to('by key'))
    expect(body).toEqual({ sagaId: living, outcome: 'delivered' })
  })

  it('that was taken by a saga which has ended since is not taken by the next one', async () => {
    const ended = await startHeld('next one')
    await one.client.signalByKey('collect', to('next one'), 'once')
    await awaitStatus(ended, 'completed')
    const next = await startHeld('next one')
    const { body } = await one.client.signalByKey('collect', to('next one'), 'once')
    expect(body).toEqual({ sagaId: ended, outcome: 'repeated' })
    expect((await one.client.saga(next)).state).toBe('held')
  })

  it('is refused when no saga has it, or several living ones, which are named', async () => {
    const none = await one.client.signalByKey('collect', to('nobody'))
    expect([none.status, none.body['code']]).toEqual([404, 'SAGA_KEY_UNKNOWN'])
    const ids = [await startHeld('twins'), await startHeld('twins')]
    const several = await one.client.signalByKey('collect', to('twins'))
    expect([several.status, several.body['code']]).toEqual([409, 'SIGNAL_AMBIGUOUS'])
    for (const id of ids) expect(several.body['detail']).toContain(id)
  })
})

describe('a signal over Kafka', () => {
  const send = (signal: Omit<SendSignal, 'source'>) =>
    world.parcelsDb.transaction((tx) => sendSignal(tx, { source: parcelsService, ...signal }))
  const collect = (id: string, to: SendSignal['to']) => ({ id, to, signal: 'collect', ...ann })

  /** At once, on one partition: the broker has it when this resolves. */
  async function write(signalId: string, sagaId: string): Promise<void> {
    const value = Buffer.from(JSON.stringify({ sagaId, signal: 'collect', ...ann }))
    const headers = {
      ...{ ce_specversion: '1.0', ce_id: signalId, ce_source: 'stranger' },
      ...{ ce_type: 'sagaline.signal', 'content-type': 'application/json' },
    }
    await world.kafka.write({ topic: signalsTopic, key: sagaId, value, headers })
  }

  async function awaitCode(signalId: string): Promise<string> {
    const letter = await awaitUntil(`${signalId} is parked`, async () => {
      const letters = await listDeadLetters(world.sagasDb, { limit: 1_000 })
      return letters.find(({ record }) => record.headers['ce_id']?.toString() === signalId)
    })
    return letter.code
  }

  it('reaches its saga by id and by key when the service commits, and never when it rolls back', async () => {
    const [byId, byKey] = [await startHeld('kafka by id'), await startHeld('kafka by key')]
    const regret = new Error('the service thinks better of it')
    const rolledBack = world.parcelsDb.transaction(async (tx) => {
      await sendSignal(tx, { source: parcelsService, ...collect('regretted', { sagaId: byId }) })
      throw regret
    })
    await expect(rolledBack).rejects.toBe(regret)
    await send(collect('by id', { sagaId: byId }))
    await send(collect('by key', { saga: 'hold-parcel', businessKey: 'kafka by key' }))
    await awaitStatus(byId, 'completed')
    await awaitStatus(byKey, 'completed')
  })

  it('that comes again and again, also over REST, is delivered once', async () => {
    const id = await startHeld('kafka twice')
    await send(collect('twice', { sagaId: id }))
    await awaitStatus(id, 'completed')
    await send(collect('twice', { sagaId: id }))
    await send(collect('twice', { saga: 'hold-parcel', businessKey: 'kafka twice' }))
    const over = await one.client.signal(id, 'collect', ann, 'twice')
    expect(over.body['outcome']).toBe('repeated')
    await awaitUntil('all of them are handled', async () => {
      const records = await world.kafka.read(signalsTopic)
      const ours = records.filter(({ headers }) => headers['ce_id']?.toString() === 'twice')
      return ours.length === 3 && (await world.kafka.lag(signalsGroup, [signalsTopic])) === 0
    })
    expect(times(await factsOf(world.sagasDb, id), 'signal.delivered')).toBe(1)
    const letters = await listDeadLetters(world.sagasDb, { limit: 1_000 })
    expect(letters.map(({ record }) => record.headers['ce_id']?.toString())).not.toContain('twice')
  })

  it('may carry its data encrypted, and nobody reads it on its way', async () => {
    const id = await startHeld('secretly collected')
    const data = { by: 'canary-4111' }
    await send({ ...collect('secret', { sagaId: id }), data, cipher })
    await awaitStatus(id, 'completed')
    const { rows } = await world.sagasDb.query<{ readonly event: unknown }>(
      `select event from history where saga_id = $1 and type = 'signalled'`,
      [id],
    )
    expect(rows).toMatchObject([{ event: { data } }])
    const records = await world.kafka.read(signalsTopic)
    const sent = records.find(({ headers }) => headers['ce_id']?.toString() === 'secret')
    expect(sent?.value?.toString()).toContain('$encrypted')
    expect(sent?.value?.toString()).not.toContain('canary')
  })

  it('that comes before its saga is started waits for it', async () => {
    await send(collect('overtook', { saga: 'hold-parcel', businessKey: 'overtaken' }))
    await awaitUntil('the signal is on its topic', async () => {
      const records = await world.kafka.read(signalsTopic)
      return records.some(({ headers }) => headers['ce_id']?.toString() === 'overtook')
    })
    await awaitStatus(await start('overtaken'), 'completed')
  })

  it('whose saga does not come is parked, and meanwhile holds up nobody', async () => {
    await send(collect('lost', { sagaId: randomUUID() }))
    const id = await startHeld('behind the lost one')
    await send(collect('behind', { sagaId: id }))
    await awaitStatus(id, 'completed')
    expect(await awaitCode('lost')).toBe('SAGA_NOT_FOUND')
  })

  it('is not held up by many that came too early, each in a batch of its own', async () => {
    const id = await startHeld('behind the early ones')
    const early: readonly string[] = Array.from({ length: 8 }, () => randomUUID())
    for (const signalId of early) await write(signalId, randomUUID())
    await write(randomUUID(), id)
    const { endedAt } = await awaitStatus(id, 'completed')
    expect(await Promise.all(early.map(awaitCode))).toEqual(early.map(() => 'SAGA_NOT_FOUND'))
    const letters = await listDeadLetters(world.sagasDb, { limit: 1_000 })
    const parkedAt = letters
      .filter(({ record }) => early.includes(String(record.headers['ce_id'])))
      .map((letter) => letter.parkedAt.getTime())
    expect(parkedAt).toHaveLength(early.length)
    expect(Date.parse(String(endedAt))).toBeLessThan(Math.min(...parkedAt))
  })

  it('that is refused is parked with the reason', async () => {
    const id = await startHeld('refusals')
    const to = { sagaId: id }
    await send({ ...collect('unfit', to), data: { by: 5 } })
    await send({ ...collect('strange', to), signal: 'lose' })
    await send({ ...collect('nameless', to), signal: 'sign-off', data: { approved: true } })
    await send({ ...collect('twin', { saga: 'hold-parcel', businessKey: 'twins' }) })
    await send(collect('x'.repeat(201), to))
    await send(collect('nowhere', { sagaId: 'no uuid' }))
    const parked = ['unfit', 'strange', 'nameless', 'twin', 'x'.repeat(201), 'nowhere']
    expect(await Promise.all(parked.map(awaitCode))).toEqual([
      'SIGNAL_INVALID',
      'SIGNAL_UNKNOWN',
      'SIGNAL_INVALID',
      'SIGNAL_AMBIGUOUS',
      'SIGNAL_UNUSABLE',
      'SIGNAL_UNUSABLE',
    ])
    expect((await one.client.saga(id)).state).toBe('held')
  })
})
