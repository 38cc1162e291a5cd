// The commands that a parent sends its child, written by hand: repeated, in the wrong order, wrong,
// and cut off by a crash. The parent is a stranger, so only the answers to it can be seen.
import { afterEach, beforeEach, expect, it } from 'vitest'
import { exitCodes } from '../../orchestrator/cli/command.ts'
import { makePastParts } from '../../services/system/past-parts.ts'
import { callCli } from '../cli/call-cli.ts'
import { awaitUntil } from '../system/await-until.ts'
import { Victim } from '../system/crash/crash-chain.ts'
import { workerBrokers } from '../worker-kafka.ts'
import {
  type Answer,
  answersToStranger,
  awaitStatus,
  childOf,
  rowsOf,
  writeCommand,
} from './child-world.ts'
import { EngineWorld } from './engine-world.ts'
import { deliver, sendGift } from './gift-sagas.ts'
import { factsOf, times } from './history-facts.ts'

const definitions = [deliver, sendGift]

let world: EngineWorld

beforeEach(async () => {
  world = await EngineWorld.start(definitions)
})
afterEach(() => world.stop())

async function awaitAnswers(count: number): Promise<readonly Answer[]> {
  return awaitUntil(`there are ${count} answers`, async () => {
    const answers = await answersToStranger(world)
    return answers.length >= count && answers
  })
}

const brief = ({ command, outcome, attempt }: Answer) => `${command} ${outcome}#${attempt}`

it('a command that comes again is answered again by a child that has ended, and by no other', async () => {
  await world.startOrchestrator({ definitions })
  await writeCommand(world, { visit: 1, direction: 'do' })
  await awaitStatus(world, 'deliver', 'running')
  await writeCommand(world, { visit: 1, direction: 'do', attempt: 2 })
  await world.startParcels()
  const [first] = await awaitAnswers(1)
  expect(first).toMatchObject({ outcome: 'succeeded', data: { shelf: childOf(1) } })
  await writeCommand(world, { visit: 1, direction: 'do', attempt: 3 })
  expect((await awaitAnswers(2)).map(brief)).toEqual([
    'deliver/do/1 succeeded#1',
    'deliver/do/1 succeeded#3',
  ])
  expect((await rowsOf(world, 'deliver')).map(({ id }) => id)).toEqual([childOf(1)])
  expect(world.parcels.ran).toHaveLength(2)
})

it('an undo that comes again is answered again, and undoes once', async () => {
  await world.startOrchestrator({ definitions })
  await world.startParcels()
  await writeCommand(world, { visit: 1, direction: 'do' })
  await awaitStatus(world, 'deliver', 'completed')
  await writeCommand(world, { visit: 1, direction: 'undo' })
  await awaitStatus(world, 'deliver', 'compensated')
  await writeCommand(world, { visit: 1, direction: 'undo', attempt: 2 })
  await writeCommand(world, { visit: 1, direction: 'do', attempt: 2 })
  const answers = (await awaitAnswers(4)).map(brief).sort()
  expect(answers).toEqual([
    'deliver/do/1 refused#2',
    'deliver/do/1 succeeded#1',
    'deliver/undo/1 succeeded#1',
    'deliver/undo/1 succeeded#1',
  ])
  const facts = await factsOf(world.sagasDb, childOf(1))
  expect(times(facts, 'saga.revoked')).toBe(1)
  expect(world.parcels.ran).toHaveLength(4)
})

it('a child that is taken back before it began never begins', async () => {
  await world.startOrchestrator({ definitions })
  await world.startParcels()
  await writeCommand(world, { visit: 1, direction: 'undo' })
  expect((await awaitAnswers(1)).map(brief)).toEqual(['deliver/undo/1 succeeded#1'])
  await writeCommand(world, { visit: 1, direction: 'do' })
  const [, late] = await awaitAnswers(2)
  expect(late).toMatchObject({ outcome: 'refused', data: { reason: 'it was taken back' } })
  const [row] = await rowsOf(world, 'deliver')
  expect(row).toMatchObject({ id: childOf(1), status: 'compensated' })
  expect(world.parcels.ran).toEqual([])
})

it('undo and do that race for one child leave nothing done', async () => {
  await Promise.all([
    world.startOrchestrator({ definitions }),
    world.startOrchestrator({ definitions }),
  ])
  await world.startParcels()
  const visits = Array.from({ length: 20 }, (_, at) => at + 1)
  await Promise.all(
    visits.flatMap((visit) => [
      writeCommand(world, { visit, direction: visit % 2 ? 'undo' : 'do' }),
      writeCommand(world, { visit, direction: visit % 2 ? 'do' : 'undo' }),
    ]),
  )
  await awaitUntil('every child is compensated', async () => {
    const rows = await rowsOf(world, 'deliver')
    return rows.length === visits.length && rows.every(({ status }) => status === 'compensated')
  })
  const done = world.parcels.ran.filter((id) => id.includes('/do/'))
  const undone = new Set(world.parcels.ran.filter((id) => id.includes('/undo/')))
  for (const id of done) expect(undone).toContain(id.replace('/do/', '/undo/'))
})

it('what can never be started is refused, so that no parent waits for it', async () => {
  await world.startOrchestrator({ definitions })
  const order = { saga: 'deliver', version: 1, input: { parcel: 'x' } }
  const wrong = [
    { ...order, saga: 'unheard-of' },
    { ...order, input: { parcel: 5 } },
    { ...order, version: 'one' },
    'nothing',
  ]
  for (const [at, payload] of wrong.entries()) {
    await writeCommand(world, { visit: at + 1, direction: 'do', payload })
    await writeCommand(world, { visit: at + 1, direction: 'undo', payload })
  }
  const answers = await awaitAnswers(2 * wrong.length)
  const codes = answers.map(({ data }) => (data as { code?: string } | null)?.code)
  expect(answers.filter(({ outcome }) => outcome === 'refused')).toHaveLength(wrong.length)
  expect(new Set(codes)).toEqual(
    new Set(['SAGA_NAME_UNKNOWN', 'SAGA_INPUT_INVALID', 'START_UNUSABLE', undefined]),
  )
  // Some instance may still come that knows the name, so nobody can say that nothing will be done.
  const undos = answers.filter(({ command }) => command.includes('/undo/'))
  expect(undos.map(({ outcome }) => outcome).sort()).toEqual([
    'failed',
    'succeeded',
    'succeeded',
    'succeeded',
  ])
  expect(await rowsOf(world, 'deliver')).toEqual([])
})

it('a child of a version that only a peer has is started by the peer', async () => {
  const second = Object.freeze({ ...deliver, version: 2, hash: 'second' })
  await world.startOrchestrator({ definitions })
  const payload = { saga: 'deliver', version: 2, input: { parcel: 'modern' } }
  await writeCommand(world, { visit: 1, direction: 'do', payload })
  await writeCommand(world, { visit: 2, direction: 'undo', payload })
  const heldStarts = async () => (await world.sagasDb.query('select 1 from held_starts')).rowCount
  await awaitUntil('both are held', async () => (await heldStarts()) === 2)
  await world.startOrchestrator({ definitions: [...definitions, second] })
  await awaitUntil('both are taken', async () => (await heldStarts()) === 0)
  const statuses = (await rowsOf(world, 'deliver')).map(({ id, status }) => ({ id, status }))
  expect(statuses).toHaveLength(2)
  expect(statuses).toContainEqual({ id: childOf(1), status: 'running' })
  expect(statuses).toContainEqual({ id: childOf(2), status: 'compensated' })
  expect((await awaitAnswers(1)).map(brief)).toEqual(['deliver/undo/2 succeeded#1'])
})

it('a child whose version nobody brought for a day is refused', async () => {
  await world.startOrchestrator({ definitions })
  const payload = { saga: 'deliver', version: 3, input: { parcel: 'never' } }
  await writeCommand(world, { visit: 1, direction: 'do', payload })
  await awaitUntil('it is held, and a day is over', async () => {
    const sql = `update held_starts set held_at = held_at - interval '25 h'`
    return (await world.sagasDb.query(sql)).rowCount === 1
  })
  expect(await awaitAnswers(1)).toMatchObject([
    { outcome: 'refused', data: { code: 'DEFINITION_UNKNOWN' } },
  ])
  const letters = `select 1 from dead_letters where topic = 'sagaline.starts'`
  expect((await world.sagasDb.query(letters)).rowCount).toBe(0)
})

it('a child whose day was dropped is refused, and never started anew', async () => {
  await makePastParts(world.sagasDb, 1)
  const words = ['retention', '--database', world.sagasUrl, '--keep', '1d', '--drop']
  expect((await callCli([...words, '--unarchived'])).code).toBe(exitCodes.fine)
  await world.startOrchestrator({ definitions })
  await writeCommand(world, { visit: 1, direction: 'do', attempt: 2 })
  expect(await awaitAnswers(1)).toMatchObject([
    { outcome: 'refused', data: { code: 'HISTORY_DROPPED' } },
  ])
  await writeCommand(world, { visit: 1, direction: 'undo', attempt: 2 })
  // Whether there was something to undo, nobody knows any more.
  expect((await awaitAnswers(2))[1]).toMatchObject({
    outcome: 'failed',
    data: { code: 'HISTORY_DROPPED' },
  })
  expect(await rowsOf(world, 'deliver')).toEqual([])
})

it('a child that was started is never refused, whoever lacks its version', async () => {
  const second = Object.freeze({ ...deliver, version: 2, hash: 'second' })
  const modern = await world.startOrchestrator({ definitions: [...definitions, second] })
  const payload = { saga: 'deliver', version: 2, input: { parcel: 'modern' } }
  await writeCommand(world, { visit: 1, direction: 'do', payload })
  await awaitStatus(world, 'deliver', 'running')
  await modern.stop()
  await world.startOrchestrator({ definitions, allowMissingDefinitions: true })
  await writeCommand(world, { visit: 1, direction: 'do', attempt: 2, payload })
  await awaitUntil('the repeat is held, and a day is over', async () => {
    const sql = `update held_starts set held_at = held_at - interval '25 h'`
    return (await world.sagasDb.query(sql)).rowCount === 1
  })
  await awaitUntil('the repeat is set aside', async () => {
    const letters = `select 1 from dead_letters where code = 'DEFINITION_UNKNOWN'`
    return (await world.sagasDb.query(letters)).rowCount === 1
  })
  expect(await answersToStranger(world)).toEqual([])
})

it('a command that nobody could be answered for is set aside', async () => {
  await world.startOrchestrator({ definitions })
  const wrong = [
    { ce_replyto: 'somewhere.else' },
    { ce_step: 'other' },
    { ce_direction: 'undo' },
    { ce_issuedat: '1901-01-01T00:00:00Z' },
  ]
  for (const headers of wrong) await writeCommand(world, { visit: 1, direction: 'do', headers })
  const letters = await awaitUntil('all are set aside', async () => {
    const { rows } = await world.sagasDb.query<{ readonly code: string }>(
      'select code from dead_letters',
    )
    return rows.length >= wrong.length && rows
  })
  expect(new Set(letters.map(({ code }) => code))).toEqual(new Set(['START_UNUSABLE']))
  await writeCommand(world, { visit: 2, direction: 'do' })
  await awaitStatus(world, 'deliver', 'running')
})

it('a crash between the end of a child and its reply keeps no parent waiting', async () => {
  await world.startParcels()
  // Of a lone gift: both replies of the child, the second of which ends it.
  const crashing = new Victim({
    program: 'test/system/crashing-orchestrator.ts',
    environment: {
      DATABASE_URL: world.sagasUrl,
      KAFKA_BROKERS: workerBrokers().join(','),
      KAFKA_SESSION_TIMEOUT_MS: '6000',
      SAGALINE_DEFINITIONS: 'test/orchestrator/gift-sagas.ts',
      PORT: '0',
      LOG_LEVEL: 'warn',
    },
  })
  try {
    const point = 'advance.after-commit-before-publish'
    const url = await crashing.start({ point, nth: 2, lacks: [] })
    const response = await fetch(`${url}/sagas/send-gift`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ parcel: 'crashed' }),
    })
    expect(response.status).toBe(202)
    await crashing.ended
  } finally {
    await crashing.kill()
  }
  expect((await rowsOf(world, 'deliver'))[0]?.status).toBe('completed')
  expect((await rowsOf(world, 'send-gift'))[0]?.status).toBe('running')
  await world.startOrchestrator({ definitions })
  await awaitStatus(world, 'send-gift', 'completed')
})
