// Messages survive the way over Kafka, and no bytes whatever make decoding throw.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { IncomingRecord } from '../../messaging/bus.ts'
import {
  decodeMessage,
  type EncodedMessage,
  encodeMessage,
  messageBytesMax,
} from '../../messaging/envelope.ts'
import type { Message, MessageId } from '../../messaging/message.ts'
import { orderMessage } from './order-message.ts'

function arrived(record: EncodedMessage): IncomingRecord {
  const headers = Object.entries(record.headers).map(([name, text]) => [name, Buffer.from(text)])
  return {
    topic: record.topic,
    partition: 0,
    offset: 7n,
    key: Buffer.from(record.key),
    value: Buffer.from(record.value),
    headers: Object.fromEntries(headers),
    timestamp: new Date(),
  }
}

const full: Message = {
  ...orderMessage('payments.commands', 1),
  causationId: 'cause' as MessageId,
  outcome: 'refused',
  direction: 'undo',
}

const plain: Message = {
  id: 'e1' as MessageId,
  type: 'order.created',
  source: 'orders',
  topic: 'orders.events',
  key: 'k',
  data: null,
}

function changed(headers: Record<string, Buffer | string | undefined>): IncomingRecord {
  const record = arrived(encodeMessage(full))
  const merged: Record<string, Buffer> = { ...record.headers }
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) delete merged[name]
    else merged[name] = Buffer.from(value)
  }
  return { ...record, headers: merged }
}

function problemOf(record: IncomingRecord): string | null {
  const decoded = decodeMessage(record)
  return 'problem' in decoded ? decoded.problem : null
}

function withValue(value: string | Buffer | null): IncomingRecord {
  const record = arrived(encodeMessage(full))
  return { ...record, value: value === null ? null : Buffer.from(value) }
}

describe('a message on the wire', () => {
  test('comes back as it was sent', () => {
    expect(decodeMessage(arrived(encodeMessage(full)))).toEqual(full)
    expect(decodeMessage(arrived(encodeMessage(plain)))).toEqual(plain)
  })

  test('is a CloudEvent in binary mode', () => {
    const { headers, key, value } = encodeMessage(full)
    expect(headers).toMatchObject({
      ce_specversion: '1.0',
      ce_id: full.id,
      ce_source: 'sagaline',
      ce_type: 'payments.take-payment',
      ce_time: '2026-11-22T10:00:00.000Z',
      'content-type': 'application/json',
      traceparent: full.traceparent,
    })
    for (const name of Object.keys(headers)) {
      expect(name).toMatch(/^(ce_[a-z0-9]+|content-type|traceparent)$/)
    }
    expect(key).toBe(full.sagaId)
    expect(JSON.parse(String(value))).toEqual(full.data)
  })

  test('comes back as it was sent, whatever its texts and data are', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 }).filter((it) => !it.includes('\0'))
    const isAllowed = (it: unknown) => !/__proto__|constructor/.test(JSON.stringify(it))
    const data = fc.jsonValue({ maxDepth: 5 }).filter(isAllowed)
    fc.assert(
      fc.property(text, text, data, fc.integer({ min: 1, max: 2 ** 31 - 1 }), (id, key, it, n) => {
        const message = { ...full, id: id as MessageId, key, data: it, visit: n }
        const decoded = decodeMessage(arrived(encodeMessage(message)))
        expect(decoded).toEqual({ ...message, data: JSON.parse(JSON.stringify(it)) })
      }),
    )
  })

  test('is refused when value, key and headers together exceed the limit', () => {
    const headers = encodeMessage({ ...plain, data: '' })
    const overhead = Object.entries(headers.headers)
      .map(([name, value]) => name.length + value.length)
      .reduce((sum, bytes) => sum + bytes, plain.key.length + 2)
    const fits = 'x'.repeat(messageBytesMax - overhead)
    expect(() => encodeMessage({ ...plain, data: fits })).not.toThrow()
    expect(() => encodeMessage({ ...plain, data: `${fits}x` })).toThrowError(
      expect.objectContaining({ code: 'MESSAGE_TOO_LARGE' }),
    )
    const wide = 'ü'.repeat(messageBytesMax / 2)
    expect(() => encodeMessage({ ...plain, data: wide })).toThrowError(/at most 204800/)
  })

  test('is refused when its data is not JSON that Postgres can keep', () => {
    const circular: Record<string, unknown> = {}
    circular['self'] = circular
    const deep = JSON.parse(`${'['.repeat(500)}${']'.repeat(500)}`)
    const poisoned = JSON.parse('{"a":{"__proto__":1}}')
    for (const data of [circular, 1n, 'a\0b', '\ud800', { '\0': 1 }, deep, poisoned]) {
      expect(() => encodeMessage({ ...plain, data })).toThrowError(
        expect.objectContaining({ code: 'MESSAGE_MALFORMED' }),
      )
    }
    const innocent = {
      text: '\\u0000 in words, and \\ud800',
      pair: '\ud83d\ude00',
      brackets: '[['.repeat(400),
    }
    expect(decodeMessage(arrived(encodeMessage({ ...plain, data: innocent })))).toMatchObject({
      data: innocent,
    })
  })
})

describe('a record that is not a message', () => {
  test.each([
    ['no id', changed({ ce_id: undefined }), 'ce_id is missing'],
    ['an empty id', changed({ ce_id: '' }), 'ce_id is missing'],
    ['no type', changed({ ce_type: undefined }), 'ce_type is missing'],
    ['another version', changed({ ce_specversion: '2.0' }), 'ce_specversion is not 1.0'],
    ['another content', changed({ 'content-type': 'text/plain' }), /content-type/],
    ['wrong UTF-8', changed({ ce_id: Buffer.from([0xff]) }), 'ce_id is not UTF-8'],
    ['NUL', changed({ ce_step: 'a\0b' }), 'ce_step contains NUL'],
    ['a saga id that is no UUID', changed({ ce_sagaid: 'x' }), 'ce_sagaid is not a UUID'],
    ['no visit number', changed({ ce_visit: 'one' }), /ce_visit/],
    ['a visit of zero', changed({ ce_visit: '0' }), /ce_visit/],
    ['a visit in hex', changed({ ce_visit: '0x1' }), /ce_visit/],
    ['a fraction', changed({ ce_attempt: '1.5' }), /ce_attempt/],
    ['too large a count', changed({ ce_attempt: '2147483648' }), /ce_attempt/],
    ['an unknown direction', changed({ ce_direction: 'sideways' }), /ce_direction/],
    ['an unknown outcome', changed({ ce_outcome: 'maybe' }), /ce_outcome/],
    ['a time without a zone', changed({ ce_time: '2026-11-22T10:00:00' }), /ce_time/],
    ['a day that does not exist', changed({ ce_deadline: '2026-13-45T10:00:00Z' }), /ce_deadline/],
    ['no value', withValue(null), 'it has no value'],
    ['broken JSON', withValue('{"a":'), /not JSON/],
    ['wrong UTF-8 in the value', withValue(Buffer.from([0x22, 0xff, 0x22])), /not UTF-8/],
    ['a poisoned prototype', withValue('{"__proto__":{"a":1}}'), /forbidden key/],
    ['a poisoned constructor', withValue('{"constructor":{"prototype":1}}'), /forbidden key/],
    ['NUL in its data', withValue('{"a":"\\u0000"}'), /NUL/],
    ['half a surrogate pair', withValue('["\\uD800"]'), /surrogate/],
    ['deep nesting', withValue('['.repeat(100_000)), /not JSON|deeper/],
    ['too many bytes', withValue('x'.repeat(messageBytesMax)), 'it is too large'],
  ])('%s', (_name, record, problem) => {
    expect(problemOf(record)).toMatch(problem)
  })

  test('a record without a key is none of ours', () => {
    expect(problemOf({ ...arrived(encodeMessage(full)), key: null })).toBe('key is missing')
  })

  test('decoding never throws, whatever the bytes are', () => {
    const bytes = fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array))
    const value = fc.oneof(
      bytes,
      fc.json().map((text) => Buffer.from(text)),
    )
    const names = Object.keys(encodeMessage(full).headers)
    const headers = fc.dictionary(fc.constantFrom(...names), bytes)
    fc.assert(
      fc.property(fc.option(value), headers, fc.option(bytes), (body, changes, key) => {
        const record = changed(changes)
        const decoded = decodeMessage({ ...record, value: body, key })
        expect('problem' in decoded || decoded.topic === full.topic).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })
})
