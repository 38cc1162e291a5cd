// The rules of the fence, one by one, through a whole participant on real Postgres.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { realClock } from '../../messaging/clock.ts'
import { ledgerOf } from './ledger.ts'
import { createLedgerDatabase, startWorld, type World } from './participant-world.ts'
import { commandMessage, newSagaId } from './stub-bus.ts'
import type { TestDatabase } from './test-database.ts'

let database: TestDatabase
let world: World
let refusesUndo = false

beforeAll(async () => {
  database = await createLedgerDatabase()
  world = await startWorld(database, { refusesUndo: () => refusesUndo })
})

afterAll(async () => {
  await world.participant.stop()
  await database.drop()
})

const add = (data: unknown = { amount: 1 }) =>
  commandMessage({ sagaId: newSagaId(), type: 'ledger.add', data })

const undoOf = (message: ReturnType<typeof add>) =>
  commandMessage({
    sagaId: message.sagaId as never,
    type: 'ledger.remove',
    data: message.data,
    direction: 'undo',
    ...(message.issuedAt !== undefined && { issuedAt: message.issuedAt }),
  })

const fenceState = async (sagaId: unknown) => {
  const { rows } = await database.db.query('select state from fence where saga_id = $1', [sagaId])
  return rows.map((row) => row['state'])
}

const letters = async () => {
  const { rows } = await database.db.query('select count(*)::integer as n from dead_letters')
  return rows[0]?.['n'] as number
}

test('a command is carried out and answered, with its events before the reply', async () => {
  const command = {
    ...add({ amount: 7 }),
    attempt: 3,
    traceparent: '00-aa-bb-01',
    replyTo: 'sagaline.replies',
  }
  const [fact, reply, ...more] = await world.send(command)
  expect(more).toEqual([])
  expect(fact).toMatchObject({
    id: `${command.id}/event/1`,
    type: 'ledger.added',
    topic: 'ledger.events',
    key: command.sagaId,
    data: { amount: 7 },
    causationId: command.id,
    traceparent: '00-aa-bb-01',
  })
  expect(reply).toMatchObject({
    id: `${command.id}/reply`,
    type: 'ledger.add.succeeded',
    source: 'ledger',
    topic: 'sagaline.replies',
    key: command.sagaId,
    data: { balance: 7 },
    sagaId: command.sagaId,
    step: 'step',
    visit: 1,
    direction: 'do',
    attempt: 3,
    causationId: command.id,
    outcome: 'succeeded',
    traceparent: '00-aa-bb-01',
  })
})

test('a repeated command has no second effect and gets the same reply and events', async () => {
  const command = add()
  const first = await world.send(command)
  const second = await world.send({ ...command, attempt: 2 })
  expect(await ledgerOf(database.db, command.key)).toEqual({ sum: 1, rows: 1 })
  const stable = ({ id, type, data, topic, key }: (typeof first)[number]) => [
    id,
    type,
    data,
    topic,
    key,
  ]
  expect(second.map(stable)).toEqual(first.map(stable))
  expect(second.at(-1)?.attempt).toBe(2)
  expect(second[0]?.time).toEqual(first[0]?.time)
  expect(second.at(-1)?.topic).toBe('sagaline.replies')
})

test('a command whose keys come in another order is the same command', async () => {
  const command = add({ amount: 1, says: 'x' })
  await world.send(command)
  const [, reply] = await world.send({ ...command, data: { says: 'x', amount: 1 } })
  expect(reply?.outcome).toBe('succeeded')
})

test('a refusal is kept with what the handler wrote, and repeated', async () => {
  const command = add({ amount: 5, says: 'refuse' })
  const first = await world.send(command)
  const second = await world.send(command)
  expect(second.at(-1)).toMatchObject({
    outcome: 'refused',
    data: 'too-much',
    id: first.at(-1)?.id,
  })
  expect(second).toHaveLength(2)
  expect(await ledgerOf(database.db, command.key)).toEqual({ sum: 5, rows: 1 })
  expect(await fenceState(command.sagaId)).toEqual(['refused'])
})

test('a repeated undo takes back once and gets the same reply and events', async () => {
  const command = add()
  await world.send(command)
  const first = await world.send(undoOf(command))
  const second = await world.send(undoOf(command))
  expect(await ledgerOf(database.db, command.key)).toEqual({ sum: 0, rows: 2 })
  expect(first.map(({ id, type }) => [id, type])).toEqual([
    [`${undoOf(command).id}/event/1`, 'ledger.removed'],
    [`${undoOf(command).id}/reply`, 'ledger.remove.succeeded'],
  ])
  expect(second.map(({ id }) => id)).toEqual(first.map(({ id }) => id))
})

test('an undo before its do has nothing to undo, and the do is refused for good', async () => {
  const command = add()
  const [undone] = await world.send(undoOf(command))
  expect(undone).toMatchObject({ outcome: 'succeeded', data: null })
  for (const _ of [1, 2]) {
    const [reply] = await world.send(command)
    expect(reply).toMatchObject({ outcome: 'refused', data: { code: 'UNDONE_BEFORE_DONE' } })
  }
  expect(await ledgerOf(database.db, command.key)).toEqual({ sum: 0, rows: 0 })
  expect(await fenceState(command.sagaId)).toEqual(['blocked'])
})

test('the undo of a refused do has nothing to undo', async () => {
  const command = add({ amount: 5, says: 'refuse' })
  await world.send(command)
  const published = await world.send(undoOf(command))
  expect(published).toHaveLength(1)
  expect(published[0]).toMatchObject({ outcome: 'succeeded', direction: 'undo' })
  expect(await ledgerOf(database.db, command.key)).toEqual({ sum: 5, rows: 1 })
})

test('the same id with another body is parked with an alarm and not answered', async () => {
  const command = add()
  await world.send(command)
  const before = await letters()
  const published = await world.send({ ...command, data: { amount: 1_000 } })
  expect(published).toEqual([])
  expect(await letters()).toBe(before + 1)
  expect(world.alarms).toContain('participant.record.parked')
  expect(await ledgerOf(database.db, command.key)).toEqual({ sum: 1, rows: 1 })
})

test('a refused undo leaves no trace and can be tried again under the same id', async () => {
  const command = add()
  await world.send(command)
  refusesUndo = true
  const first = await world.send(undoOf(command))
  expect(first).toHaveLength(1)
  expect(first[0]).toMatchObject({ outcome: 'refused', data: 'cannot be undone' })
  expect(await ledgerOf(database.db, command.key)).toEqual({ sum: 1, rows: 1 })
  expect(await fenceState(command.sagaId)).toEqual(['done'])
  refusesUndo = false
  const second = await world.send(undoOf(command))
  expect(second.at(-1)).toMatchObject({ outcome: 'succeeded' })
  expect(await ledgerOf(database.db, command.key)).toEqual({ sum: 0, rows: 2 })
})

test('an undo beyond the memory of the fence fails instead of guessing', async () => {
  const issuedAt = new Date(realClock.now().getTime() - 31 * 24 * 60 * 60_000)
  const command = { ...add(), issuedAt }
  const [undone] = await world.send(undoOf(command))
  expect(undone).toMatchObject({ outcome: 'failed', data: { code: 'FENCE_EXPIRED' } })
  const [done] = await world.send(command)
  expect(done).toMatchObject({ outcome: 'failed', data: { code: 'FENCE_EXPIRED' } })
  expect(await fenceState(command.sagaId)).toEqual([])
})

test('an old undo whose do is on record is carried out', async () => {
  const command = add()
  await world.send(command)
  const issuedAt = new Date(realClock.now().getTime() - 31 * 24 * 60 * 60_000)
  const published = await world.send({ ...undoOf(command), issuedAt })
  expect(published.at(-1)?.outcome).toBe('succeeded')
  expect(await ledgerOf(database.db, command.key)).toEqual({ sum: 0, rows: 2 })
})

test('visits and steps of a saga are fenced apart', async () => {
  const command = add()
  await world.send(command)
  await world.send(
    commandMessage({
      ...command,
      type: 'ledger.add',
      sagaId: command.sagaId as never,
      visit: 2,
      id: `${command.sagaId}/step/do/2` as never,
    }),
  )
  await world.send(
    commandMessage({
      ...command,
      type: 'ledger.add',
      sagaId: command.sagaId as never,
      step: 'other',
      id: `${command.sagaId}/other/do/1` as never,
    }),
  )
  expect(await ledgerOf(database.db, command.key)).toEqual({ sum: 3, rows: 3 })
})
