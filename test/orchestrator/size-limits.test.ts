// What is too large is refused or parked with its code, and never tried in silence.
import { Type } from 'typebox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { encodeMessage } from '../../messaging/envelope.ts'
import type { MessageId } from '../../messaging/message.ts'
import { refuseLargeEvent } from '../../orchestrator/coordinator/size-limits.ts'
import { defineSaga } from '../../orchestrator/index.ts'
import { defineCommand, handle, succeeded } from '../../participant/index.ts'
import { awaitUntil } from '../system/await-until.ts'
import { EngineWorld, type RunningOrchestrator } from './engine-world.ts'
import { neverMs, parcelsTopic as topic } from './parcels.ts'

const Note = Type.Object({ text: Type.String() })
const forget = defineCommand({ name: 'notes.forget', topic, payload: Note })
const copy = defineCommand({ name: 'notes.copy', topic, payload: Note, reply: Note, undo: forget })

/** Each reply takes its part of what a saga may hold; four of them are too much. */
const replyLength = 150_000
const names = ['first', 'second', 'third', 'fourth']

const collectNotes = defineSaga({
  name: 'collect-notes',
  version: 1,
  input: Note,
  retry: { timeoutMs: neverMs, attempts: 1 },
  steps: names.map((name) => ({ name, send: copy })),
})

const inflateNote = defineSaga({
  name: 'inflate-note',
  version: 1,
  input: Note,
  retry: { timeoutMs: neverMs },
  steps: [
    { name: 'copy', send: copy },
    { name: 'inflate', send: copy, with: ({ input }) => ({ text: input.text.repeat(200_000) }) },
  ],
})

const handlers = [
  handle(copy, async (_, { payload }) =>
    succeeded({ text: payload.text === 'long' ? 'x'.repeat(replyLength) : 'short' }),
  ),
  handle(forget, async () => succeeded()),
]

let world: EngineWorld
let running: RunningOrchestrator

beforeAll(async () => {
  const definitions = [collectNotes, inflateNote]
  world = await EngineWorld.start(definitions)
  running = await world.startOrchestrator({ definitions })
  await world.startParcels({ commands: handlers })
}, 120_000)

afterAll(() => world.stop())

test('a reply that would make the saga too large fails its step, and what was done is undone', async () => {
  const { client } = running
  const answer = await client.start('collect-notes', { text: 'long' }, { waitS: 30 })
  expect(answer.body).toMatchObject({ status: 'compensated', failure: { step: 'fourth' } })
  const history = await client.history(String(answer.body['id']))
  const failed = history.flatMap(({ facts }) => facts).find(({ type }) => type === 'step.failed')
  expect(failed).toMatchObject({ step: 'fourth', detail: { code: 'SAGA_TOO_LARGE' } })
  const undone = history
    .flatMap(({ facts }) => facts)
    .filter(({ type }) => type === 'undo.succeeded')
  expect(undone.map(({ step }) => step)).toEqual([...names].reverse())
})

test('a command that fits into no message parks its saga at once, with the reason', async () => {
  const answer = await running.client.start('inflate-note', { text: 'x' }, { waitS: 30 })
  expect(answer.body).toMatchObject({
    status: 'stuck',
    stuck: {
      reason: {
        code: 'SAGA_DEFINITION_FAILED',
        message: expect.stringContaining('/ has 200011 bytes on the wire; at most 188416'),
      },
    },
  })
})

test('a start with too much input is refused over REST and set aside over Kafka', async () => {
  const input = { text: 'x'.repeat(70_000) }
  expect((await running.client.start('collect-notes', input)).status).toBe(413)
  const record = encodeMessage({
    id: 'collect-notes/large/start' as MessageId,
    type: 'sagaline.start-saga',
    source: 'test',
    topic: 'sagaline.starts',
    key: 'large',
    data: { saga: 'collect-notes', key: 'large', input },
  })
  await world.kafka.write({ ...record, value: Buffer.from(record.value) })
  await awaitUntil('the start is set aside', async () => {
    const { rows } = await world.sagasDb.query('select code from dead_letters')
    return rows.some(({ code }) => code === 'SAGA_INPUT_TOO_LARGE')
  })
})

test('input that looks encrypted is refused, since it could not be read', async () => {
  const answer = await running.client.start('collect-notes', {
    text: 'a',
    more: { $encrypted: 'x' },
  })
  expect(answer).toMatchObject({ status: 422, body: { code: 'SAGA_INPUT_INVALID' } })
  expect(String(answer.body['detail'])).toContain('the reserved key $encrypted')
})

test('a signal and what stands for a reply have their limit too', () => {
  const by = { requestId: 'r', actor: 'ada', reason: 'found it' }
  const skip = { type: 'operated', verb: 'skip', step: 's', effect: 'done', ...by } as const
  const signal = { type: 'signalled', id: 's', name: 'go', actor: null } as const
  const [small, large, odd] = ['x', 'x'.repeat(65_535), { $encrypted: 'x' }]
  for (const make of [
    (data: string | typeof odd) => ({ ...signal, data }),
    (output: string | typeof odd) => ({ ...skip, output }),
  ]) {
    expect(() => refuseLargeEvent(make(small))).not.toThrow()
    expect(() => refuseLargeEvent(make(large))).toThrow('has 65537 bytes; at most 65536')
    expect(() => refuseLargeEvent(make(odd))).toThrow('the reserved key $encrypted')
  }
  expect(() => refuseLargeEvent({ type: 'operated', verb: 'retry', ...by })).not.toThrow()
})
