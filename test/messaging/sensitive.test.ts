// Sensitive fields: marked in a schema, encrypted and masked wherever the schema says so.
import fc from 'fast-check'
import { type Static, type TSchema, Type } from 'typebox'
import { describe, expect, it } from 'vitest'
import { createCheck } from '../../messaging/check.ts'
import { createCipher, noKeys, parseEncryptionKeys } from '../../messaging/cipher.ts'
import { defineCommand } from '../../messaging/contract.ts'
import {
  decryptFields,
  encryptFields,
  maskFields,
  maskUndeclared,
  paddedFields,
} from '../../messaging/encrypted-fields.ts'
import { decodeMessage, encodeMessage } from '../../messaging/envelope.ts'
import type { Message, MessageId } from '../../messaging/message.ts'
import { hasSensitive, sensitive } from '../../messaging/sensitive.ts'
import { toIncoming } from '../participant/stub-bus.ts'

const cipher = createCipher(parseEncryptionKeys(`k1:${Buffer.alloc(32, 7).toString('base64')}`))
const boundTo = 'there'
const hidden = '[sensitive]'

const Card = Type.Object({
  owner: Type.String(),
  number: sensitive(Type.String({ pattern: '^[0-9]+$' })),
  pin: Type.Optional(sensitive(Type.Integer())),
})

describe('a sensitive schema', () => {
  it('keeps its checks, its options and its static type', () => {
    const card: Static<typeof Card> = { owner: 'Ada', number: '4111' }
    const check = createCheck(Card)
    expect(check(card)).toBeNull()
    expect(check({ owner: 'Ada', number: 'x' })).toBe('/number does not fit')
    expect(JSON.parse(JSON.stringify(Card)).properties.number).toEqual({
      type: 'string',
      pattern: '^[0-9]+$',
      'x-sensitive': true,
    })
    expect(Card.required).toEqual(['owner', 'number'])
  })

  it('leaves the schema that it was made from as it was', () => {
    const plain = Type.String()
    expect(hasSensitive(sensitive(plain))).toBe(true)
    expect(hasSensitive(plain)).toBe(false)
  })

  it('is an object of any kind, and then problems name nothing inside of it', () => {
    const People = Type.Object({
      people: sensitive(Type.Record(Type.String(), Type.Object({ age: Type.Integer() }))),
    })
    const problem = createCheck(People)({ people: { 'Ada Lovelace': { age: 'old' } } })
    expect(problem).toBe('/people does not fit')
  })
})

describe('masking', () => {
  it('replaces what is marked and nothing else', () => {
    const card = { owner: 'Ada', number: '4111', pin: 1 }
    expect(maskFields(Card, card)).toEqual({ owner: 'Ada', number: hidden, pin: hidden })
    expect(maskFields(Card, { owner: 'Ada' })).toEqual({ owner: 'Ada' })
  })

  it('costs nothing where nothing is marked: the same object comes back', () => {
    const data = { a: [1] }
    expect(maskFields(Type.Object({ a: Type.Array(Type.Integer()) }), data)).toBe(data)
  })

  const secret = sensitive(Type.String())
  const Tree = Type.Cyclic(
    { Tree: Type.Object({ name: secret, next: Type.Optional(Type.Ref('Tree')) }) },
    'Tree',
  )
  it.each<[string, TSchema, unknown, unknown]>([
    ['items of a list', Type.Array(secret), ['a', 'b'], [hidden, hidden]],
    ['a place of a tuple', Type.Tuple([Type.String(), secret]), ['a', 'b'], ['a', hidden]],
    ['any property', Type.Record(Type.String(), secret), { a: 'b' }, { a: hidden }],
    [
      'a branch of a union',
      Type.Union([Type.Integer(), Type.Object({ a: secret })]),
      { a: 'b' },
      { a: hidden },
    ],
    [
      'a union with a marked member, whatever the value fits',
      Type.Union([Type.Integer(), secret]),
      1,
      hidden,
    ],
    [
      'an intersection',
      Type.Intersect([Type.Object({ a: secret }), Type.Object({ b: Type.String() })]),
      { a: 'c', b: 'd' },
      { a: hidden, b: 'd' },
    ],
    ['the whole', sensitive(Type.Object({ a: Type.String() })), { a: 'b' }, hidden],
    ['null as well', sensitive(Type.Union([Type.String(), Type.Null()])), null, hidden],
    [
      'what else may be there',
      Type.Object({}, { additionalProperties: secret }),
      { a: 'b' },
      { a: hidden },
    ],
    [
      'schemas that name themselves',
      Type.Object({ tree: Tree }),
      { tree: { name: 'a', next: { name: 'b' } } },
      { tree: { name: hidden, next: { name: hidden } } },
    ],
    [
      'a reference that leads nowhere',
      Type.Object({ a: secret, b: Type.Unsafe({ $ref: '#/elsewhere' }) }),
      { b: { c: 1 } },
      { b: hidden },
    ],
    [
      'what a condition brings',
      Type.Unsafe({ if: { required: ['b'] }, else: { properties: { a: secret } } }),
      { a: 'b' },
      { a: hidden },
    ],
  ])('finds %s', (_, schema, value, expected) => {
    expect(maskFields(schema, value)).toEqual(expected)
  })
})

describe('masking what a schema may not describe in full', () => {
  it.each<[string, TSchema, unknown, unknown]>([
    ['what it has no word for', Card, { owner: 'Ada', nick: 'x' }, { owner: 'Ada', nick: hidden }],
    [
      'anything where it allows anything',
      Type.Object({ a: Type.Unknown() }),
      { a: 'b' },
      { a: hidden },
    ],
    ['an object where it says object alone', Type.Unsafe({ type: 'object' }), { a: 'b' }, hidden],
    [
      'an object in the place of a text',
      Type.Object({ a: Type.String() }),
      { a: { b: 1 } },
      { a: hidden },
    ],
    ['items of a list of anything', Type.Unsafe({ type: 'array' }), ['a'], [hidden]],
    [
      'nothing that is declared',
      Type.Object({ a: Type.Array(Type.Literal('b')) }),
      { a: ['b'] },
      { a: ['b'] },
    ],
    ['no null', Type.Unknown(), null, null],
  ])('hides %s', (_, schema, value, expected) => {
    expect(maskUndeclared(schema, value)).toEqual(expected)
  })
})

/** Schemas with marks here and there, each with values that fit it. */
const marked = fc.letrec<{ pair: readonly [TSchema, fc.Arbitrary<unknown>] }>((tie) => ({
  pair: fc
    .tuple(
      fc.boolean(),
      fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.constant([Type.String(), fc.string({ unit: 'grapheme' })] as const),
        fc.constant([Type.Number(), fc.double({ noNaN: true, noDefaultInfinity: true })] as const),
        fc.constant([Type.Unknown(), fc.jsonValue({ maxDepth: 3 })] as const),
        tie('pair').map(
          ([schema, values]) => [Type.Array(schema), fc.array(values, { maxLength: 3 })] as const,
        ),
        fc
          .dictionary(fc.string(), tie('pair'), { maxKeys: 3, noNullPrototype: true })
          .map((fields) => {
            const schemas = Object.entries(fields).map(([name, [schema]]) => [name, schema])
            const values = Object.entries(fields).map(([name, [, value]]) => [name, value])
            return [
              Type.Object(Object.fromEntries(schemas)),
              fc.record(Object.fromEntries(values)),
            ] as const
          }),
      ),
    )
    .map(
      ([isMarked, [schema, values]]) => [isMarked ? sensitive(schema) : schema, values] as const,
    ),
})).pair

/** JSON has no minus zero, and keys that readers refuse are refused elsewhere. */
const isReadable = (text: string) => !/__proto__|constructor|\$encrypted/.test(text)

describe('encrypting', () => {
  it('gives any value under any schema back after JSON and decrypting', () => {
    const cases = marked.chain(([schema, values]) => fc.tuple(fc.constant(schema), values))
    fc.assert(
      fc.property(cases, ([schema, value]) => {
        const plain = JSON.stringify(value)
        fc.pre(isReadable(plain))
        const kept = JSON.stringify(encryptFields(cipher, schema, { data: value, boundTo }))
        expect(decryptFields(cipher, JSON.parse(kept), boundTo)).toEqual(JSON.parse(plain))
        const padded = JSON.stringify(paddedFields(schema, value))
        expect(padded.length).toBeGreaterThanOrEqual(kept.length)
      }),
      { numRuns: 300 },
    )
  })

  it('leaves no trace of a marked value, wherever it stands', () => {
    const canary = 'canary-4711'
    const Order = Type.Object({ cards: Type.Array(Card), note: sensitive(Type.Unknown()) })
    const order = { cards: [{ owner: 'Ada', number: canary }], note: { deep: [canary] } }
    const kept = JSON.stringify(encryptFields(cipher, Order, { data: order, boundTo }))
    expect(kept).toContain('Ada')
    expect(kept).not.toContain(canary)
  })

  it('is refused without a key', () => {
    const data = { owner: 'Ada', number: '4111' }
    expect(() => encryptFields(noKeys, Card, { data, boundTo })).toThrow('no encryption key')
    expect(encryptFields(noKeys, Card, { data: { owner: 'Ada' }, boundTo })).toEqual({
      owner: 'Ada',
    })
  })
})

describe('a message with sensitive fields', () => {
  const id = 'saga/step/do/1' as MessageId
  const data = encryptFields(cipher, Card, { data: { owner: 'Ada', number: '4111' }, boundTo: id })
  const message: Message = { id, type: 'a.b', source: 'test', topic: 't', key: 'k', data }
  const record = (changed: Partial<Message> = {}) =>
    toIncoming(encodeMessage({ ...message, ...changed }), 1n)

  it('is read plain with the keys', () => {
    expect(decodeMessage(record(), cipher)).toHaveProperty('data', { owner: 'Ada', number: '4111' })
  })

  it('cannot be read without the key, and says which', () => {
    const read = decodeMessage(record())
    expect(read).toHaveProperty('error.code', 'ENCRYPTION_KEY_UNKNOWN')
    expect(read).toHaveProperty('problem', 'It is encrypted with the key k1, which is not here.')
  })

  it('cannot be read when its encrypted fields come from another message', () => {
    const read = decodeMessage(record({ id: 'saga/step/do/2' as MessageId }), cipher)
    expect(read).toHaveProperty('error.code', 'ENCRYPTED_TEXT_INVALID')
  })

  it.each(['{"__proto__":1}', '{"a":"\\u0000"}'])('is as strict inside: %s is refused', (text) => {
    const sealed = { $encrypted: cipher.encrypt(text, id) }
    const read = decodeMessage(record({ data: sealed }), cipher)
    expect(read).toHaveProperty('error.code', 'ENCRYPTED_TEXT_INVALID')
  })

  it('gets its object back when that only looks encrypted', () => {
    const looks = { $encrypted: 'x', beside: 1 }
    expect(decodeMessage(record({ data: looks }), cipher)).toHaveProperty('data', looks)
  })
})

describe('a command with sensitive fields', () => {
  const undoing = (payload: TSchema) => defineCommand({ name: 'a.undo', topic: 'a', payload })
  const doing = (payload: TSchema, undo: TSchema) => () =>
    defineCommand({ name: 'a.do', topic: 'a', payload, undo: undoing(undo) })
  const Open = Type.Object({ cards: Type.Array(Type.Object({ number: Type.String() })) })
  const Closed = Type.Object({ cards: Type.Array(Card) })

  it('is refused when its undo, which gets the same payload, shows them', () => {
    expect(doing(Closed, Open)).toThrow(
      'The contract a.do is refused: /cards/0/number is sensitive, but not in its undo a.undo',
    )
    expect(doing(Closed, Type.Object({}))).toThrow('/cards/0/number is sensitive')
    expect(doing(sensitive(Open), Open)).toThrow('/ is sensitive')
  })

  it('is accepted when its undo hides them too, or hides more', () => {
    expect(doing(Closed, Closed)).not.toThrow()
    expect(doing(Closed, Type.Object({ cards: sensitive(Type.Unknown()) }))).not.toThrow()
    expect(doing(Open, Closed)).not.toThrow()
  })

  it('has a payload that fits into a message even when it is encrypted', () => {
    const { checkPayload } = defineCommand({
      name: 'a',
      topic: 'a',
      payload: sensitive(Type.String()),
    })
    expect(checkPayload('x'.repeat(135_000))).toBeNull()
    expect(checkPayload('x'.repeat(142_000))).toMatch(/^\/ has 1\d{5} bytes on the wire; at most/)
  })
})
