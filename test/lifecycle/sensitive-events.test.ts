// Lifecycle events of a saga with sensitive fields: anybody can fold them, who has the keys can
// play them, and nothing sensitive can be read in them.
import { describe, expect, it } from 'vitest'
import { noKeys } from '../../messaging/cipher.ts'
import { encryptValue } from '../../messaging/encrypted-fields.ts'
import { encodeMessage } from '../../messaging/envelope.ts'
import type { Json, Message } from '../../messaging/message.ts'
import { createRegistry } from '../../orchestrator/definition/registry.ts'
import { advance } from '../../orchestrator/engine/advance.ts'
import type { SagaEvent } from '../../orchestrator/engine/event.ts'
import type { Saga } from '../../orchestrator/engine/saga.ts'
import { foldSagaEvents } from '../../orchestrator/lifecycle/fold-saga-events.ts'
import {
  type LifecycleEvent,
  readLifecycleEvent,
} from '../../orchestrator/lifecycle/lifecycle-event.ts'
import { lifecycleMessages } from '../../orchestrator/lifecycle/lifecycle-messages.ts'
import { replaySagaEvents } from '../../orchestrator/lifecycle/replay-events.ts'
import { createRowCipher } from '../../orchestrator/store/row-cipher.ts'
import { cipherOf, sendGift } from '../orchestrator/sensitive-sagas.ts'
import { sagaId, toRecord } from './told-run.ts'

const canary = 'canary-4111-1111'
const keys = cipherOf(1)
const otherKeys = cipherOf(9)
const rows = createRowCipher(createRegistry([sendGift]), keys)
const definitionOf = () => sendGift

const replied = (command: string, outcome: 'succeeded' | 'refused', data: Json): SagaEvent => ({
  type: 'replied',
  commandId: `${sagaId}/${command}` as never,
  outcome,
  attempt: 1,
  data,
})

/** Paid, refused to be wrapped, and not paid back: it waits for somebody. */
function livedThrough(): { readonly saga: Saga; readonly messages: readonly Message[] } {
  const events: readonly SagaEvent[] = [
    { type: 'started', sagaId, input: { card: canary, note: 'works' } },
    replied('pay/do/1', 'succeeded', { receipt: canary, shop: 'corner' }),
    replied('wrap/do/1', 'refused', { why: 'out of paper', card: canary }),
    { type: 'woken' },
  ]
  let saga: Saga | null = null
  const messages: Message[] = []
  events.forEach((event, index) => {
    const at = 1_000 + index
    const { saga: next, facts } = advance(sendGift, saga, event, at)
    saga = next
    if (facts.length === 0) return
    const entry = { saga: next, event, facts, at, businessKey: null }
    messages.push(...lifecycleMessages(rows.tell(entry)))
  })
  if (saga === null) throw new Error('nothing happened')
  return { saga: JSON.parse(JSON.stringify(saga)), messages }
}

const { saga, messages } = livedThrough()

const readWith = (cipher = noKeys): readonly LifecycleEvent[] =>
  messages.map((message) => {
    const event = readLifecycleEvent(toRecord(message), cipher)
    if ('problem' in event) throw new Error(event.problem)
    return event
  })

const stands = {
  status: 'compensating',
  isWhole: true,
  failure: { step: 'wrap', reason: { card: '[sensitive]' } },
  steps: [
    { name: 'pay', outcome: 'done' },
    { name: 'wrap', outcome: 'refused', error: { why: 'out of paper', card: '[sensitive]' } },
  ],
}

it('nothing sensitive can be read in them', () => {
  const texts = messages.map((message) => JSON.stringify(encodeMessage(message)))
  expect(texts.length).toBeGreaterThan(3)
  expect(texts.filter((text) => text.includes(canary))).toEqual([])
  expect(texts.filter((text) => text.includes('entryOmitted'))).toEqual([])
})

describe('who has the keys', () => {
  it('reads the entry in plain', () => {
    const [first] = readWith(keys)
    const input = { card: canary, note: 'works' }
    expect(first?.data.entry).toEqual({ event: { type: 'started', sagaId, input }, at: 1_000 })
  })

  it('plays them, and has the saga', () => {
    expect(replaySagaEvents(readWith(keys), definitionOf)).toEqual({ saga, problem: null })
    expect(JSON.stringify(saga)).toContain(canary)
  })

  it('may as well give them when events are played that were kept as they came', () => {
    const kept = JSON.parse(JSON.stringify(readWith())) as readonly LifecycleEvent[]
    expect(replaySagaEvents(kept, definitionOf, keys)).toEqual({ saga, problem: null })
  })

  it('still sees the details masked', () => {
    expect(foldSagaEvents(readWith(keys))).toMatchObject(stands)
  })
})

describe.each([
  ['no keys', noKeys],
  ['other keys', otherKeys],
])('who has %s', (_, cipher) => {
  it('knows how the saga stands', () => {
    expect(foldSagaEvents(readWith(cipher))).toMatchObject(stands)
  })

  it('gets the entry as it is, and cannot play it', () => {
    expect(readWith(cipher)[0]?.data.entry).toEqual({
      $encrypted: expect.stringMatching(/^v1\.k1/),
    })
    expect(replaySagaEvents(readWith(cipher), definitionOf, cipher)).toMatchObject({
      saga: null,
      problem: 'entry encrypted',
      error: { code: 'ENCRYPTION_KEY_UNKNOWN' },
    })
  })
})

describe('an entry', () => {
  const [first, second] = readWith()
  if (first === undefined || second === undefined) throw new Error('there are too few events')
  const withEntry = (entry: LifecycleEvent['data']['entry']): LifecycleEvent =>
    ({ ...first, data: { ...first.data, entry } }) as LifecycleEvent
  const invalid = { problem: 'entry encrypted', error: { code: 'ENCRYPTED_TEXT_INVALID' } }

  it('of another event is not played in its place', () => {
    const moved = withEntry(second.data.entry)
    expect(replaySagaEvents([moved], definitionOf, keys)).toMatchObject(invalid)
  })

  it('that is none is not played', () => {
    const empty = withEntry(encryptValue(keys, { event: null }, first.id))
    expect(replaySagaEvents([empty], definitionOf, keys)).toMatchObject(invalid)
  })

  it('whose key was lost on the way keeps what was played before it', () => {
    const text = otherKeys.encrypt('{}', second.id)
    const lost = { ...second, data: { ...second.data, entry: { $encrypted: text } } }
    const played = replaySagaEvents([first, lost], definitionOf, keys)
    expect(played).toMatchObject({ problem: 'entry encrypted', saga: { revision: 1 } })
  })

  it('that would not fit is left out, and its event says so', () => {
    const event = replied('pay/do/1', 'succeeded', { receipt: 'x'.repeat(160 * 1024) })
    const facts = [{ type: 'step.succeeded', seq: 1, step: 'pay' }] as const
    const told = rows.tell({ saga, event, facts, at: 0, businessKey: null })
    const [message] = lifecycleMessages(told)
    const read = message && readLifecycleEvent(toRecord(message), keys)
    expect(read).toMatchObject({ data: { seq: 1, step: 'pay', entryOmitted: true } })
    expect(read).not.toHaveProperty('data.entry')
  })
})

it('data that only looks encrypted is left as it is', () => {
  const looks = { $encrypted: 'not by us' }
  const event = { type: 'started', sagaId, input: looks } as const
  const facts = [{ type: 'saga.started', seq: 1 }] as const
  const [message] = lifecycleMessages({ saga, event, facts, at: 0, businessKey: null })
  const read = message && readLifecycleEvent(toRecord(message), keys)
  expect(read).toMatchObject({ data: { entry: { event: { input: looks } } } })
})
