// What no reader would take is refused before the fence keeps it: it could never be sent.
import { expect, test } from 'vitest'
import { noKeys } from '../../messaging/cipher.ts'
import { event, refused, succeeded } from '../../participant/index.ts'
import { outcomeProblem } from '../../participant/outcome-problem.ts'
import type { Received } from '../../participant/received.ts'
import { added } from './ledger.ts'

const contract = {
  name: 'any',
  reply: {},
  refusal: {},
  checkReply: () => null,
  checkRefusal: () => null,
}
const received = { handler: { contract } } as unknown as Received

const forbidden = JSON.parse('{"amount":1,"__proto__":{"x":1}}')

test.each([
  ['a reply', succeeded(forbidden)],
  ['a refusal', refused(forbidden)],
  ['an event', succeeded(null, { events: [event(added, { data: forbidden })] })],
])('%s with a forbidden key is invalid', (_, outcome) => {
  expect(outcomeProblem(received, outcome, noKeys)?.code).toBe('REPLY_INVALID')
})

test('an answer that any reader takes is valid', () => {
  expect(outcomeProblem(received, succeeded({ constructor: 'a word' }), noKeys)).toBeNull()
})
