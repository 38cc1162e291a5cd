// Each kind of fault at a step of a saga: in virtual time, and by the same tests on a real Kafka
// and Postgres. docs/testing.md quotes from here.
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import { charge, giveBack, sell, setAside, shopCommands } from '../../examples/faults/shop.ts'
import { createParticipant } from '../../participant/index.ts'
import { createFaults, openSagaWorld, type SagaWorld } from '../../testing/index.ts'
import { workerBrokers } from '../worker-kafka.ts'
import { RawKafka } from './raw-kafka.ts'
import { openTestDatabases, type TestDatabases } from './test-databases.ts'

describe.each(['virtual time', 'real parts'])('in %s', (where) => {
  const ran: string[] = []
  const commands = shopCommands(ran)
  const faults = createFaults(commands)
  let world: SagaWorld
  let databases: TestDatabases | null = null

  beforeAll(async () => {
    const shop = createParticipant({ service: 'shop', commands, faults })
    const system = { definitions: [sell], participants: [shop] }
    if (where === 'virtual time') world = await openSagaWorld(system)
    else world = await openSagaWorld({ ...system, real: await realParts() })
  }, 60_000)

  afterAll(async () => {
    await world?.stop()
    await databases?.dropAll()
  })

  afterEach(() => {
    // A fault that was planned and did not happen fails its test.
    const missed = faults.list().filter(({ left }) => left > 0)
    faults.clear()
    expect(missed).toEqual([])
  })

  async function realParts() {
    const brokers = workerBrokers()
    const kafka = new RawKafka(brokers)
    await kafka.start()
    await kafka.empty(['shop.commands', 'sagaline.replies', 'sagaline.starts', 'sagaline.signals'])
    await kafka.stop()
    databases = openTestDatabases(inject('postgresUrl'))
    return { brokers, databaseUrl: await databases.create('faults') }
  }

  const countOf = (what: string, { id }: { readonly id: string }) =>
    ran.filter((one) => one === `${what} ${id}`).length

  it('a declined card gives back what was set aside', async () => {
    faults.inject(charge, { kind: 'decline', reason: 'stolen' })
    const saga = await world.run(sell, { cents: 500 })
    expect(saga).toMatchObject({ status: 'compensated', failure: { reason: 'stolen' } })
    expect(countOf('giveBack', saga)).toBe(1)
  })

  it('a handler that throws is tried again by the saga', async () => {
    faults.inject(charge, { kind: 'throw' })
    const saga = await world.run(sell, { cents: 500 })
    expect(saga).toMatchObject({ status: 'completed', steps: [{}, { attempts: 2 }] })
  })

  it('a command that nobody answers in time is sent again', async () => {
    faults.inject(setAside, { kind: 'time-out' }, { step: 'setAside' })
    const saga = await world.run(sell, { cents: 500 })
    expect(saga).toMatchObject({ status: 'completed', steps: [{ attempts: 2 }, {}] })
    expect(countOf('setAside', saga)).toBe(1)
  })

  it('a step that nobody ever answers is undone, in case it was done', async () => {
    faults.inject(setAside, { kind: 'time-out' }, { times: 2 })
    const saga = await world.run(sell, { cents: 500 })
    expect(saga.status).toBe('compensated')
    expect(saga.steps).toMatchObject([{ outcome: 'unknown', undo: 'done' }])
  })

  it('a command that comes twice changes nothing', async () => {
    faults.inject(setAside, { kind: 'duplicate' })
    const saga = await world.run(sell, { cents: 500 })
    expect(saga).toMatchObject({ status: 'completed', steps: [{ attempts: 1 }, { attempts: 1 }] })
  })

  it('a late answer is as good as one in time', async () => {
    faults.inject(setAside, { kind: 'delay', ms: 300 })
    const saga = await world.run(sell, { cents: 500 })
    expect(saga).toMatchObject({ status: 'completed', steps: [{ attempts: 1 }, {}] })
  })

  it('a crash before the commit has the work done again', async () => {
    faults.inject(setAside, { kind: 'crash-before-commit' })
    const saga = await world.run(sell, { cents: 500 })
    expect(saga.status).toBe('completed')
    expect(countOf('setAside', saga)).toBe(2)
  })

  it('a crash after the commit costs no attempt: the answer is on record', async () => {
    faults.inject(setAside, { kind: 'crash-after-commit' })
    const saga = await world.run(sell, { cents: 500 })
    expect(saga).toMatchObject({ status: 'completed', steps: [{ attempts: 1 }, { attempts: 1 }] })
  })

  it('an undo that is declined waits for a person', async () => {
    faults.inject(charge, { kind: 'decline', reason: 'no-cover' })
    faults.inject(giveBack, { kind: 'decline', reason: 'too late' })
    expect((await world.run(sell, { cents: 500 })).status).toBe('stuck')
  })

  it('without a fault the saga completes', async () => {
    const saga = await world.run(sell, { cents: 500 })
    expect(saga).toMatchObject({ status: 'completed', steps: [{ attempts: 1 }, { attempts: 1 }] })
  })
})
