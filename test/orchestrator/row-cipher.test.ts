// Rows of sagas with sensitive data, without a database: what is open in them, who reads the rest,
// and what is shown of it.
import { describe, expect, test } from 'vitest'
import type { Json, SagaId } from '../../messaging/message.ts'
import { planWithoutData } from '../../orchestrator/coordinator/plan-without-data.ts'
import { createRegistry } from '../../orchestrator/definition/registry.ts'
import { advance } from '../../orchestrator/engine/advance.ts'
import type { Fact } from '../../orchestrator/engine/event.ts'
import { lifecycleMessages } from '../../orchestrator/lifecycle/lifecycle-messages.ts'
import type { HistoryEntry } from '../../orchestrator/store/history-entry.ts'
import { maskFact } from '../../orchestrator/store/mask.ts'
import { createRowCipher, type RowCipher } from '../../orchestrator/store/row-cipher.ts'
import type { SagaRow } from '../../orchestrator/store/saga-rows.ts'
import { shipParcel } from './parcels.ts'
import { cipherOf, sendGift } from './sensitive-sagas.ts'

const canary = 'canary-4111-1111'
const sagaId = '01890000-0000-7000-8000-000000000001' as SagaId
const rows = createRowCipher(createRegistry([sendGift]), cipherOf(1))
const keyless = createRowCipher(createRegistry([sendGift]), cipherOf(9))
const ignorant = createRowCipher(createRegistry([]), cipherOf(1))

const input = { card: canary, note: 'works' }
const event = { type: 'started', sagaId, input } as const
const { saga, facts } = advance(sendGift, null, event, 0)
const entry: HistoryEntry = { saga, event, facts, at: 0, businessKey: null }
const times = { updatedAt: 0, endedAt: null }

function rowOf(snapshot: unknown): SagaRow {
  return {
    id: sagaId,
    name: 'send-gift',
    version: 1,
    definition_hash: sendGift.hash,
    business_key: null,
    correlation_id: null,
    attributes: null,
    started_at_ms: 0,
    status: saga.status,
    revision: saga.revision,
    snapshot: JSON.parse(JSON.stringify(snapshot)),
    wake_at_ms: null,
  }
}

const read = (by: RowCipher, snapshot: unknown = rows.snapshot(saga)) => by.read(rowOf(snapshot))

describe('a row of a saga with sensitive data', () => {
  test('is read as it was written', () => {
    expect(read(rows)).toMatchObject({ saga, isSealed: true, problem: null })
    expect(rows.readEvent({ sagaId, facts }, rows.event(entry))).toEqual(event)
  })

  test('holds nothing of it, and what is not known to be harmless is encrypted', () => {
    const unheardOf = {
      ...saga,
      groups: {},
      flags: [],
      output: canary,
      pause: null,
      secretPart: canary,
    }
    const steps = saga.steps.map((step) => ({ ...step, secretPart: canary }))
    const text = JSON.stringify(rows.snapshot({ ...unheardOf, steps }))
    expect(text).not.toContain(canary)
    expect(text).toContain('"name":"pay"')
    expect(JSON.stringify([rows.event(entry), rows.facts(entry)])).not.toContain(canary)
  })

  test('without its key is known by its problem, and moved by nobody', () => {
    const stored = read(keyless)
    expect(stored.problem).toMatchObject({ code: 'ENCRYPTION_KEY_UNKNOWN' })
    expect(keyless.view(stored, times)).toMatchObject({ state: 'pay', steps: [{ name: 'pay' }] })
  })

  test('is not read in the place of another one', () => {
    const stored = rows.read({ ...rowOf(rows.snapshot(saga)), id: sagaId.replace(/1$/, '2') })
    expect(stored.problem).toMatchObject({ code: 'ENCRYPTED_TEXT_INVALID' })
    const later = facts.map((fact) => ({ ...fact, seq: 2 }))
    const moved = () => rows.readEvent({ sagaId, facts: later }, rows.event(entry))
    expect(moved).toThrow('The encrypted text cannot be read')
  })

  test('that somebody changed is known by its problem', () => {
    const { sealed, ...open } = rows.snapshot(saga) as { readonly sealed: { $encrypted: string } }
    const text = sealed.$encrypted
    const changed = `${text.slice(0, 30)}${text[30] === 'x' ? 'y' : 'x'}${text.slice(31)}`
    const stored = read(rows, { ...open, sealed: { $encrypted: changed } })
    expect(stored.problem).toMatchObject({ code: 'ENCRYPTED_TEXT_INVALID' })
  })
})

test('facts are told alike when they are made and when they are read', () => {
  const detail = { why: 'closed', card: canary }
  const refused: Fact = { type: 'step.refused', step: 'wrap', visit: 1, direction: 'do', detail }
  const told = rows.tellFacts(saga, [...facts, refused])
  const kept = rows.facts({ ...entry, facts: [...facts, refused] }) as readonly Fact[]
  const place = { sagaId, seq: saga.revision, name: saga.name, version: saga.version }
  expect(rows.viewFacts(place, kept)).toEqual(told)
  expect(told.at(-1)).toEqual({ ...refused, detail: { why: 'closed', card: '[sensitive]' } })
})

test('rows of other sagas are written as they are, by the same cipher', () => {
  const parcels = shipParcel()
  const mixed = createRowCipher(createRegistry([sendGift, parcels]), cipherOf(1))
  const started = { type: 'started', sagaId, input: { parcel: 'p1' } } as const
  const moved = advance(parcels, null, started, 0)
  const what = { event: started, facts: moved.facts, at: 0, businessKey: null }
  const plain = { saga: moved.saga, ...what }
  expect(mixed.tell(plain)).toBe(plain)
  expect(mixed.snapshot(moved.saga)).toMatchObject({ context: { input: { parcel: 'p1' } } })
  expect([mixed.event(plain), mixed.facts(plain)]).toEqual([started, moved.facts])
})

test('what is held for others is encrypted, and left alone by who cannot read it', () => {
  const kept = rows.hide('here', input)
  expect(JSON.stringify(kept)).not.toContain(canary)
  expect(rows.reveal('here', kept)).toEqual({ value: input })
  expect(rows.reveal('there', kept)).toBeNull()
  expect(keyless.reveal('here', kept)).toBeNull()
  expect(rows.reveal('here', input)).toEqual({ value: input })
})

test('what the map of a migration throws is not shown', () => {
  const thrower = () => {
    throw new Error(`no place for ${canary}`)
  }
  const to = { ...sendGift, version: 2, hash: 'other', migrations: new Map([[1, thrower]]) }
  const plan = planWithoutData({ from: sendGift, to, saga, startedAt: 0 })
  expect(JSON.stringify(plan)).not.toContain(canary)
  const mapless = { ...to, migrations: new Map() }
  expect(planWithoutData({ from: sendGift, to: mapless, saga, startedAt: 0 }).type).toBe('ok')
})

describe('what is shown', () => {
  const by = { actor: 'ada', reason: 'on the phone' }
  const technical = { code: 'HANDLER_FAILED', message: canary }
  const refusal = { why: 'closed', card: canary }
  const step = { step: 'wrap', visit: 1, direction: 'do' } as const

  test.each<[string, Fact, Json]>([
    [
      'a refusal by its schema',
      { type: 'step.refused', ...step, detail: refusal },
      { why: 'closed', card: '[sensitive]' },
    ],
    [
      'a refusal of an undo by its own',
      { type: 'undo.refused', ...step, direction: 'undo', detail: refusal },
      { why: 'closed', card: '[sensitive]' },
    ],
    [
      'a technical error by its code',
      { type: 'step.failed', ...step, detail: technical },
      { code: 'HANDLER_FAILED', message: '[sensitive]' },
    ],
    [
      'no code that may be data',
      { type: 'step.failed', ...step, detail: { code: canary } },
      { code: '[sensitive]' },
    ],
    ['no text without a schema', { type: 'saga.stuck', detail: canary }, '[sensitive]'],
    [
      'no reason that fits no schema',
      { type: 'step.refused', ...step, detail: [canary] },
      '[sensitive]',
    ],
    ['who did what, and why', { type: 'saga.retried', detail: by }, by],
    [
      'a signal without its data',
      { type: 'signal.kept', detail: { id: 's', name: 'go', actor: null, data: canary } },
      { id: 's', name: 'go', actor: null, data: '[sensitive]' },
    ],
    [
      'a late reply without its data',
      { type: 'reply.late', detail: { command: 'c', outcome: 'succeeded', data: { a: canary } } },
      { command: 'c', outcome: 'succeeded', data: '[sensitive]' },
    ],
    ['the name of a timer', { type: 'timer.fired', detail: 'after.1000' }, 'after.1000'],
  ])('is %s', (_, fact, detail) => {
    expect(maskFact(sendGift, fact)).toEqual({ ...fact, detail })
  })

  test('is nothing but codes when the definition is not here', () => {
    const refused = { type: 'step.refused', ...step, detail: refusal } as const
    expect(maskFact(null, refused)).toMatchObject({ detail: { why: '[sensitive]' } })
    const parked = { ...saga, failure: { ...step, reason: technical } }
    const view = ignorant.view(read(ignorant, rows.snapshot(parked)), times)
    expect(view.failure?.reason).toEqual({ code: 'HANDLER_FAILED', message: '[sensitive]' })
  })
})

describe('the context of a saga with sensitive data, for readers', () => {
  const shown = (by: RowCipher, context: Json) =>
    by.viewContext(read(by, rows.snapshot({ ...saga, context })))

  test('is what schemas describe, and nothing else', () => {
    const context = {
      input: { ...input, left: canary },
      replies: { pay: { receipt: canary, shop: 'corner', tip: canary }, gone: canary },
      signals: { unheardOf: { data: canary } },
      each: { wrap: { items: [canary], at: [0, canary], next: 1, replies: [null], more: canary } },
      rounds: { again: 2, never: canary },
      leftByAnotherVersion: { card: canary },
    }
    const hidden = '[sensitive]'
    expect(shown(rows, context)).toEqual({
      input: { card: hidden, note: 'works', left: hidden },
      replies: { pay: { receipt: hidden, shop: 'corner', tip: hidden }, gone: hidden },
      signals: { unheardOf: hidden },
      each: { wrap: { items: [hidden], at: [0, hidden], next: 1, replies: [null], more: hidden } },
      rounds: { again: 2, never: hidden },
      leftByAnotherVersion: hidden,
    })
  })

  test('is hidden as a whole where it may be anything, or nobody knows its definition', () => {
    const raw = { ...sendGift, hasChartContext: false } as unknown as typeof sendGift
    const ofMachine = createRowCipher(createRegistry([raw]), cipherOf(1))
    expect(shown(ofMachine, { input })).toBe('[sensitive]')
    expect(shown(ignorant, { input })).toBe('[sensitive]')
    expect(shown(rows, null)).toBeNull()
  })
})

test('an entry with sensitive data is told as it is kept: encrypted', () => {
  const told = rows.tell(entry)
  expect(told).toMatchObject({ saga, at: 0 })
  expect(told.event).toEqual(rows.event(entry))
  expect(JSON.stringify(lifecycleMessages(told))).not.toContain(canary)
  const [first] = lifecycleMessages(told)
  expect(first?.data).toMatchObject({ seq: 1, entry: rows.event(entry) })
  const woken: HistoryEntry = { ...entry, event: { type: 'woken' } }
  expect(rows.tell(woken).event).toEqual({ type: 'woken' })
})
