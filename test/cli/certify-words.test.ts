// What the certification kit makes of schemas, and how it shows bytes.
import { expect, test } from 'vitest'
import { noKeys } from '../../messaging/cipher.ts'
import { exampleOf, reordered, variantsOf } from '../../orchestrator/certify/example-of.ts'
import { makeSamples } from '../../orchestrator/certify/samples.ts'
import { bytesText } from '../../orchestrator/cli/certify/certificate-text.ts'
import { createOrder } from '../../services/contracts/orders.ts'
import { takePayment } from '../../services/contracts/payments.ts'

const schemaOf = (schema: unknown) => schema as typeof takePayment.payload

test('an example is the smallest thing that fits', () => {
  expect(exampleOf(takePayment.payload)).toEqual({ customerId: 'certify', amount: 1 })
  expect(exampleOf(createOrder.payload)).toEqual({ customerId: 'certify', amount: 1, items: [] })
})

test.each([
  [{ const: 3 }, 3],
  [{ enum: ['a', 'b'] }, 'a'],
  [{ type: 'string', examples: ['given'] }, 'given'],
  [{ anyOf: [{ type: 'null' }, { type: 'string' }] }, null],
  [{ type: 'string', minLength: 9 }, 'certify--'],
  [{ type: 'string', maxLength: 3 }, 'cer'],
  [{ type: 'string', format: 'date' }, '2026-01-01'],
  [{ type: 'integer', exclusiveMinimum: 4, multipleOf: 5 }, 5],
  [{ type: 'number', maximum: -2 }, -2],
  [{ type: 'array', minItems: 2, items: { type: 'boolean' } }, [true, true]],
])('of %j it is %j', (schema, example) => {
  expect(exampleOf(schemaOf(schema))).toEqual(example)
})

test('another payload differs in one place and fits as well', () => {
  const [sample] = makeSamples({ contracts: [takePayment], examples: [], cipher: noKeys })
  expect(sample?.other).toEqual({ customerId: 'certify-2', amount: 1 })
  expect(variantsOf({ list: [1], flag: true })).toContainEqual({ list: [2], flag: true })
  expect(variantsOf({})).toEqual([])
})

test('the keys of every object are put in another order', () => {
  const text = JSON.stringify(reordered({ a: 1, b: [{ c: 2, d: null }] }))
  expect(text).toBe('{"b":[{"d":null,"c":2}],"a":1}')
})

test('a command whose payload nobody knows is refused, with the way out', () => {
  const schema = { type: 'string', pattern: '^x+$' }
  const examples = [{ name: 'odd.command', schema }]
  expect(() => makeSamples({ contracts: [], examples, cipher: noKeys })).toThrow(
    'No payload for odd.command is known: / must match pattern "^x+$". Name one with --examples.',
  )
})

test('bytes are shown as text, or in hex where they are none or would steer a terminal', () => {
  expect(bytesText(Buffer.from('Zoë'))).toBe('Zoë')
  expect(bytesText(Buffer.from([0xff, 0x00]))).toBe('hex ff 00')
  expect(bytesText(Buffer.from('\u001b[2J'))).toBe('hex 1b 5b 32 4a')
  expect(bytesText(null)).toBe('(null)')
  expect(bytesText(Buffer.alloc(0))).toBe('(empty)')
  expect(bytesText(Buffer.from('x'.repeat(2_010)))).toMatch(/x … and 10 bytes more$/)
})
