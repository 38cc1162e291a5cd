// Good records of every kind that the doors know, for `mutate-record.ts` to spoil: commands with and
// without sensitive fields, replies, signals, starts, and what a parent asks of a child saga.
import { Type } from 'typebox'
import type { IncomingRecord } from '../../messaging/bus.ts'
import { createCipher, parseEncryptionKeys } from '../../messaging/cipher.ts'
import { defineCommand } from '../../messaging/contract.ts'
import { encryptFields } from '../../messaging/encrypted-fields.ts'
import { encodeMessage } from '../../messaging/envelope.ts'
import type { Message, MessageId, SagaId } from '../../messaging/message.ts'
import { sensitive } from '../../messaging/sensitive.ts'
import { defineSaga } from '../../orchestrator/definition/define-saga.ts'
import { createRegistry } from '../../orchestrator/definition/registry.ts'
import { handle, succeeded } from '../../participant/index.ts'

const Parcel = Type.Object(
  { parcel: Type.String({ minLength: 1 }), weight: Type.Optional(Type.Integer()) },
  { additionalProperties: false },
)
const Card = Type.Object({ number: sensitive(Type.String()), owner: Type.String() })

const topic = 'parcels.commands'
const drop = defineCommand({ name: 'parcels.drop', topic, payload: Parcel })
const take = defineCommand({ name: 'parcels.take', topic, payload: Parcel, undo: drop })
const charge = defineCommand({ name: 'parcels.charge', topic, payload: Card })

export const handlers = new Map(
  [drop, take, charge].map((contract) => [
    contract.name,
    handle(contract, async () => succeeded()),
  ]),
)

export const registry = createRegistry([
  defineSaga({
    name: 'send-parcel',
    version: 1,
    input: Parcel,
    steps: [{ name: 'take', send: take }],
  }),
])

const key = Buffer.alloc(32, 7).toString('base64')
export const cipher = createCipher(parseEncryptionKeys(`k1:${key}`))

const sagaId = '0198c5a0-0000-7000-8000-000000000001' as SagaId
const time = new Date('2026-05-01T10:00:00.000Z')
const doId = `${sagaId}/take/do/1` as MessageId
const undoId = `${sagaId}/take/undo/1` as MessageId
const base = { source: 'sagaline', key: sagaId, time, traceparent: '00-ab-cd-01' }
const step = { sagaId, step: 'take', visit: 1, attempt: 1, issuedAt: time, deadline: time }
const replyTo = 'sagaline.replies'
const parcel = { parcel: 'P-1', weight: 3 }
const card = { number: '4111', owner: 'ann' }

const command = { ...base, ...step, topic, replyTo }
const starts = { ...base, topic: 'sagaline.starts' }
const order = { saga: 'send-parcel', version: 1, input: parcel }
const reply = { ...base, ...step, topic: replyTo, causationId: doId, direction: 'do' } as const
const signal = { ...base, topic: 'sagaline.signals', type: 'sagaline.signal' }
const told = { signal: 'approve', data: { approved: true }, actor: 'ann' }

const messages: readonly Message[] = [
  { ...command, id: doId, type: 'parcels.take', direction: 'do', data: parcel },
  { ...command, id: undoId, type: 'parcels.drop', direction: 'undo', data: parcel },
  {
    ...command,
    id: doId,
    type: 'parcels.charge',
    direction: 'do',
    data: encryptFields(cipher, charge.payload, { data: card, boundTo: doId }),
  },
  { ...reply, id: `${doId}/reply` as MessageId, type: 'x', outcome: 'succeeded', data: { a: 1 } },
  { ...reply, id: `${doId}/reply` as MessageId, type: 'x', outcome: 'refused', data: 'full' },
  { ...signal, id: 's-1' as MessageId, data: { ...told, sagaId } },
  { ...signal, id: 's-2' as MessageId, data: { ...told, saga: 'send-parcel', businessKey: 'P-1' } },
  {
    ...starts,
    id: 'r-1' as MessageId,
    type: 'sagaline.start',
    data: { saga: 'send-parcel', key: 'k', input: parcel, startAt: '2030-01-01T00:00:00Z' },
  },
  {
    ...starts,
    ...step,
    id: doId,
    type: 'sagaline.run-saga',
    direction: 'do',
    replyTo,
    data: order,
  },
  {
    ...starts,
    ...step,
    id: undoId,
    type: 'sagaline.undo-saga',
    direction: 'undo',
    replyTo,
    data: order,
  },
  {
    ...{ topic: 'sagaline.events', key: sagaId, source: 'sagaline', sagaId, time },
    ...{ id: `${sagaId}/event/1` as MessageId, type: 'saga.started' },
    data: { saga: { name: 'send-parcel', version: 1 }, seq: 1, entry: { event: {}, at: 1 } },
  },
]

const logLine = { time, level: 'warn', service: 'parcels', message: 'van.late', sagaId, error: 'x' }

/** As they come from Kafka; partition and offset are given later. */
export const samples: readonly IncomingRecord[] = messages
  .map((message): IncomingRecord => {
    const { topic: where, key: id, value, headers } = encodeMessage(message)
    const bytes = Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)] as const)
    return {
      topic: where,
      partition: 0,
      offset: 0n,
      key: Buffer.from(id),
      value: Buffer.from(value),
      headers: Object.fromEntries(bytes),
      timestamp: time,
    }
  })
  .concat({
    ...{ topic: 'logs', partition: 0, offset: 0n, timestamp: time, headers: {} },
    ...{ key: Buffer.from(sagaId), value: Buffer.from(JSON.stringify(logLine)) },
  })
