// What a check says about data that does not fit: each problem once, with the name to look for.
import { Type } from 'typebox'
import { describe, expect, it } from 'vitest'
import { createCheck } from '../../messaging/check.ts'

const closed = { additionalProperties: false }
const box = Type.Object({ sku: Type.String() }, closed)
const check = createCheck(Type.Object({ box: Type.Optional(box) }, closed))

describe('a check', () => {
  it('says nothing about what fits', () => {
    expect(check({ box: { sku: 'A' } })).toBeNull()
  })

  it('names a property that may not be there, once', () => {
    expect(check({ foo: 1 })).toBe('/ must not have the property foo')
  })

  it('names it where it is, and by its own name', () => {
    expect(check({ box: { sku: 'A', 'a/b~1': 1 } })).toBe('/box must not have the property a/b~1')
  })

  it('names the first three of many', () => {
    expect(check({ a: 1, b: 1, c: 1, d: 1 })?.split('; ')).toEqual([
      '/ must not have the property a',
      '/ must not have the property b',
      '/ must not have the property c',
    ])
  })

  it('says what is wrong with a property that may have any name', () => {
    const texts = createCheck({ type: 'object', additionalProperties: { type: 'string' } })
    expect(texts({ a: 1 })).toBe('/a must be string')
  })

  it('keeps the words for all else', () => {
    expect(check({ box: { sku: 1 } })).toBe('/box/sku must be string')
    expect(check(null)).toBe('/ must be object')
    expect(createCheck({ properties: { a: false } })({ a: 1 })).toBe('/a schema is false')
  })
})
