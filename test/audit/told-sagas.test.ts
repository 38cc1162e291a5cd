// The lifecycle events on the topic against the sagas: nothing is said of a topic that has all of
// them, in whatever order and however often, and each planted breach is found.
import { expect, it } from 'vitest'
import { noKeys } from '../../messaging/cipher.ts'
import type { MessageId, ReplyOutcome } from '../../messaging/message.ts'
import { judgeFolded, judgeReplayed } from '../../orchestrator/audit/judge-told.ts'
import { type Telling, ToldSagas } from '../../orchestrator/audit/told-sagas.ts'
import { defineSaga } from '../../orchestrator/definition/define-saga.ts'
import { createRegistry } from '../../orchestrator/definition/registry.ts'
import type { LifecycleEvent } from '../../orchestrator/lifecycle/lifecycle-event.ts'
import { Amount, lasting, undoable } from '../engine/sample-contracts.ts'
import { sagaId, ToldRun } from '../lifecycle/told-run.ts'
import { audited } from './audited-run.ts'

const definition = defineSaga({
  name: 'told',
  version: 1,
  input: Amount,
  retry: { attempts: 1 },
  steps: [
    { name: 'a', send: undoable('a') },
    { name: 'pay', kind: 'pivot', send: lasting('pay') },
  ],
})

/** As if it had been started with that amount. */
function withAmount(event: LifecycleEvent, amount: number): LifecycleEvent {
  const { entry } = event.data
  if (entry === undefined || !('event' in entry) || entry.event.type !== 'started') return event
  const started = { ...entry, event: { ...entry.event, input: { amount } } }
  return { ...event, data: { ...event.data, entry: started } }
}

/** A saga that turned back, and its events. */
function lived() {
  const run = new ToldRun(definition)
  const reply = (command: string, outcome: ReplyOutcome) => {
    const commandId = `${sagaId}/${command}/1` as MessageId
    run.apply({ type: 'replied', commandId, outcome, attempt: 1, data: null })
  }
  reply('a/do', 'succeeded')
  reply('pay/do', 'refused')
  reply('a/undo', 'succeeded')
  const { saga } = run
  if (saga === null) throw new Error('it never began')
  return { saga, events: run.told }
}

const folding = { judge: judgeFolded, hasEntries: false }
const replaying = { judge: judgeReplayed(createRegistry([definition]), noKeys), hasEntries: true }

type Look = {
  readonly events: readonly LifecycleEvent[]
  readonly pending?: readonly number[]
  readonly oldestKept?: number
}

function look(
  { events, pending = [], oldestKept }: Look,
  telling: Omit<Telling, 'isFull'> = folding,
) {
  const { saga } = lived()
  const told = new ToldSagas({ isFull: true, ...telling })
  const facts = pending.map((seq) => ({ type: 'saga.started' as const, seq }))
  const entry = { seq: 1, at: 0, type: 'started', status: 'running', state: null, event: {} }
  const history = [{ ...entry, facts, isPending: true }]
  told.note(audited(definition, { saga, timerDueAt: null, history }))
  const found = events.flatMap((event) => told.take(event))
  return { found: [...found, ...told.missing(oldestKept ?? null)], beyond: [...told.beyond] }
}

const { events: all } = lived()
const without = (...seqs: readonly number[]) => all.filter(({ data }) => !seqs.includes(data.seq))
const fine = { found: [], beyond: [] }

it('says nothing of a saga that was told whole, in any order, any number of times', () => {
  expect(all.length).toBeGreaterThan(5)
  expect(look({ events: all })).toEqual(fine)
  expect(look({ events: [...all.toReversed(), ...all] })).toEqual(fine)
})

it('says nothing of a saga that its events give again when they are replayed', () => {
  expect(look({ events: [...all.toReversed(), ...all] }, replaying)).toEqual(fine)
})

it('names what is otherwise when they are replayed, and what cannot be replayed', () => {
  const other = all.map((event) => withAmount(event, 8))
  expect(look({ events: other }, replaying).found).toMatchObject([
    {
      name: 'told.otherwise',
      sagaId,
      subject: 'replayed from them it differs in context',
    },
  ])
  const bare = all.map(({ data: { entry: _, ...data }, ...event }) => ({
    ...event,
    data: { ...data, entryOmitted: true as const },
  }))
  expect(look({ events: bare }, replaying).found).toMatchObject([{ type: 'not-judged', sagaId }])
  expect(look({ events: other })).toEqual(fine)
})

it('misses an event, and says which', () => {
  const { found } = look({ events: without(3) })
  expect(found).toMatchObject([{ name: 'told.missing', sagaId }])
  expect(found).toMatchObject([{ subject: `event 3 of ${all.length}, 1 in all` }])
  expect(look({ events: [] }).found).toMatchObject([{ name: 'told.missing', sagaId }])
})

it('misses none that waits to be published', () => {
  expect(look({ events: without(3), pending: [3] })).toEqual(fine)
  expect(look({ events: without(3, 4), pending: [3] }).found).toHaveLength(1)
})

it('misses the first ones of a topic that did not keep them, but says so', () => {
  const events = without(1, 2)
  expect(look({ events, oldestKept: 1 }).found).toMatchObject([{ type: 'not-judged', sagaId }])
  expect(look({ events: without(2), oldestKept: 1 }).found).toMatchObject([{ type: 'breach' }])
})

it('finds events that tell of another saga than the row', () => {
  const changed = all.map((event) =>
    event.type === 'undo.succeeded' ? { ...event, type: 'undo.failed' as const } : event,
  )
  expect(look({ events: changed }).found).toMatchObject([{ name: 'told.otherwise', sagaId }])
})

it('names events beyond what a saga had, and of sagas that nobody knows', () => {
  const [first] = all
  if (first === undefined) throw new Error('nothing was told')
  const more = { ...first, data: { ...first.data, seq: 99 } }
  const strange = { ...first, sagaId: 'stranger' as typeof sagaId }
  expect(look({ events: [...all, more, strange] })).toEqual({
    found: [],
    beyond: [
      [sagaId, 99],
      ['stranger', 1],
    ],
  })
})
