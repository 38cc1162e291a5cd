// docs/asyncapi.json is what the contracts say, keeps the official schema of AsyncAPI 3.0, and describes
// the messages as they are on the wire.
import specs from '@asyncapi/specs'
import { Ajv, type AnySchema } from 'ajv'
import { default as addFormats } from 'ajv-formats'
import { expect, it } from 'vitest'
import { encodeMessage } from '../../messaging/envelope.ts'
import type { Message, MessageId, SagaId } from '../../messaging/message.ts'
import { event } from '../../participant/index.ts'
import { asyncApiDocument, commands, events } from '../../services/asyncapi/document.ts'
import { orderCreated } from '../../services/contracts/orders.ts'
import { commandMessage } from '../participant/stub-bus.ts'
import { formatted } from './formatted.ts'
import { readSource } from './source-tree.ts'

const { version } = JSON.parse(readSource('package.json').text)
type Document = ReturnType<typeof asyncApiDocument>
const document = JSON.parse(JSON.stringify(asyncApiDocument(version))) as Document

const ajv = new Ajv({ allErrors: true, strict: false })
addFormats.default(ajv)
const official = ajv.compile(specs.schemasWithoutId['3.0.0'] as unknown as AnySchema)

function problemsOf(one: unknown): readonly string[] {
  official(one)
  return (official.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
}

/** References that lead nowhere. */
function lostRefs(one: unknown): readonly string[] {
  if (typeof one !== 'object' || one === null) return []
  return Object.entries(one).flatMap(([name, value]) =>
    name === '$ref' && !leadsSomewhere(String(value)) ? [String(value)] : lostRefs(value),
  )
}

function leadsSomewhere(ref: string): boolean {
  const names = ref.replace('#/', '').split('/')
  return names.reduce<unknown>((at, name) => Object(at)[name], document) !== undefined
}

it('docs/asyncapi.json is what the contracts say', async () => {
  const text = formatted('docs/asyncapi.json', JSON.stringify(document))
  await expect(text).toMatchFileSnapshot('../../docs/asyncapi.json')
})

it('the document keeps the schema of AsyncAPI 3.0, and every reference leads somewhere', () => {
  expect(problemsOf(document)).toEqual([])
  expect(lostRefs(document)).toEqual([])
})

it('a document that does not is found', () => {
  const { channels, ...rest } = document
  expect(problemsOf({ ...rest, channels: { 'a b': 1 } })).not.toEqual([])
  expect(problemsOf({ ...rest, channels, asyncapi: '2.6.0' })).not.toEqual([])
  expect(lostRefs({ channel: { $ref: '#/channels/nowhere' } })).toEqual(['#/channels/nowhere'])
})

it('it has every event and every command with its three answers', () => {
  const names = Object.keys(document.components.messages)
  const told = events.map(({ name }) => name)
  const asked = commands.map(({ name }) => name)
  expect(told).toContain('order.created')
  expect(asked).toContain('payments.take-payment')
  const answers = asked.flatMap((name) =>
    ['succeeded', 'refused', 'failed'].map((one) => `${name}.${one}`),
  )
  const children = ['sagaline.run-saga', 'sagaline.undo-saga']
  const own = ['saga.lifecycle', 'sagaline.start-saga', 'sagaline.signal', ...children]
  expect(names.toSorted()).toEqual([...told, ...asked, ...answers, ...own].toSorted())
  for (const one of [...events, ...commands]) expect(document.channels).toHaveProperty([one.topic])
})

const sagaId = '018f3c1e-8f00-7000-8000-000000000001' as SagaId
const amount = { customerId: 'ann', amount: 5 }

it.each<Message>([
  {
    ...{
      id: `${sagaId}/createOrder/do/1/event/1` as MessageId,
      source: 'orders',
      key: sagaId,
      sagaId,
    },
    ...{ type: orderCreated.name, topic: orderCreated.topic, time: new Date(0) },
    data: event(orderCreated, { data: { orderId: sagaId, ...amount } }).data,
  },
  {
    ...commandMessage({ sagaId, type: 'payments.take-payment', topic: 'payments.commands' }),
    ...{ data: amount, deadline: new Date(0), replyTo: 'sagaline.replies' },
  },
  {
    ...commandMessage({ sagaId, type: 'payments.take-payment.refused', topic: 'sagaline.replies' }),
    ...{ outcome: 'refused', causationId: 'c' as MessageId, data: 'amount-over-limit' },
    time: new Date(0),
  },
  {
    ...{ id: 'place-order/k1/start' as MessageId, type: 'sagaline.start-saga', source: 'shop' },
    ...{ topic: 'sagaline.starts', key: 'k1' },
    data: { saga: 'place-order', key: 'k1', input: amount },
  },
  {
    ...{ id: 's1' as MessageId, type: 'sagaline.signal', source: 'shop' },
    ...{ topic: 'sagaline.signals', key: sagaId },
    data: { sagaId, signal: 'approve', data: { approved: true }, actor: 'ann' },
  },
])('a message as it is sent fits what the document says of it: $type', (message) => {
  const { headers, payload } = document.components.messages[message.type] ?? {}
  const sent = encodeMessage(message)
  const fits = (schema: unknown, value: unknown) => {
    const check = ajv.compile(schema as AnySchema)
    return check(value) ? [] : check.errors
  }
  expect(fits(headers, sent.headers)).toEqual([])
  expect(fits(payload, JSON.parse(sent.value))).toEqual([])
  expect(fits(headers, { ...sent.headers, ce_type: 'another' })).not.toEqual([])
})
