// Whatever happens to a saga, its events alone tell how it stands, and give its state again.
import fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'
import type { Json, MessageId, ReplyOutcome } from '../../messaging/message.ts'
import { defineSaga } from '../../orchestrator/definition/define-saga.ts'
import type { SagaDefinition } from '../../orchestrator/definition/saga-definition.ts'
import type { CommandToSend, SagaEvent } from '../../orchestrator/engine/event.ts'
import type { Saga } from '../../orchestrator/engine/saga.ts'
import { foldSagaEvents } from '../../orchestrator/lifecycle/fold-saga-events.ts'
import { replaySagaEvents } from '../../orchestrator/lifecycle/replay-events.ts'
import { Amount, lasting, undoable } from '../engine/sample-contracts.ts'
import { samples } from '../engine/sample-definitions.ts'
import { sagaId, ToldRun } from './told-run.ts'

const retry = { attempts: 2, timeoutMs: 100, firstDelayMs: 10 }

const plain = defineSaga({
  name: 'plain',
  version: 1,
  input: Amount,
  retry,
  steps: [
    { name: 'a', send: undoable('a'), undo: { attempts: 1 } },
    { name: 'b', send: undoable('b'), undo: { attempts: 2 } },
    { name: 'pay', kind: 'pivot', send: lasting('pay'), attempts: 2 },
    { name: 'last', kind: 'retriable', send: lasting('last'), attempts: 2 },
  ],
})

const onward = (name: string) => ({ name, kind: 'retriable', send: lasting(name) }) as const

/** Steps that can only go on, side by side: several may be parked while another one is under way. */
const beside = defineSaga({
  name: 'beside',
  version: 1,
  input: Amount,
  retry,
  steps: [
    {
      name: 'three',
      parallel: {
        left: [onward('x'), { name: 'rest', delayMs: 60 }, onward('x2')],
        middle: [onward('y')],
        right: [onward('z'), onward('z2')],
      },
    },
  ],
})

const definitions: readonly SagaDefinition[] = [
  plain,
  beside,
  { ...plain, deadlineMs: 300 },
  { ...plain, locks: () => ['x'], lockTimeoutMs: 200 },
  ...Object.values(samples).map(([definition]) => definition),
]

type Happening =
  | { readonly type: 'reply'; readonly pick: number; readonly outcome: ReplyOutcome }
  | { readonly type: 'wake' | 'wait' | 'lock' | 'foreign' }
  | { readonly type: 'operate'; readonly verb: (typeof verbs)[number] }
  | { readonly type: 'skip'; readonly effect: 'done' | 'none'; readonly pick: number }

const verbs = ['retry', 'abandon', 'cancel', 'terminate', 'pause', 'resume'] as const
const picks = fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat() })
const outcomes = fc.constantFrom('succeeded', 'succeeded', 'succeeded', 'refused', 'failed')
const effects = fc.constantFrom('done' as const, 'none' as const)

const happenings: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({ type: fc.constant('reply'), pick: picks, outcome: outcomes }),
  },
  { weight: 5, arbitrary: fc.record({ type: fc.constantFrom('wake', 'wake', 'wait', 'lock') }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('foreign') }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('operate'), verb: fc.constantFrom(...verbs) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('operate'), verb: fc.constant('retry' as const) }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('skip'), effect: effects, pick: picks }) },
) as fc.Arbitrary<Happening>

let requests = 0
const person = () => ({ actor: 'ann', reason: 'why not', requestId: `r${requests++}` })

function newest<T>(items: readonly T[], pick: number): T | undefined {
  return items[items.length - 1 - (pick % items.length)]
}

const replies: Readonly<Record<string, Json>> = {
  'orders.create': { orderId: 'o1' },
  'payments.refund': { refundId: 'r1' },
}

function happen(run: ToldRun, what: Happening): void {
  if (what.type === 'wait') run.now += 50
  if (what.type === 'wake') run.now = Math.max(run.now, run.wakeAt ?? 0)
  const event = eventOf(run, what)
  if (event !== null) run.apply(event)
}

function eventOf(run: ToldRun, what: Happening): SagaEvent | null {
  switch (what.type) {
    case 'reply': {
      const command = newest(run.sent, what.pick)
      return command ? answer(command, what.outcome) : null
    }
    case 'foreign': {
      const commandId = `${sagaId}/nowhere/do/1` as MessageId
      return { type: 'replied', commandId, outcome: 'succeeded', attempt: 1, data: 1 }
    }
    case 'wake':
      return { type: 'woken' }
    case 'wait':
      return null
    case 'lock':
      return { type: 'locked' }
    case 'operate':
      return { type: 'operated', verb: what.verb, ...person() }
    case 'skip': {
      const step = newest(run.saga?.steps ?? [], what.pick)?.name ?? 'a'
      return { type: 'operated', verb: 'skip', step, effect: what.effect, ...person() }
    }
  }
}

function answer(command: CommandToSend, outcome: ReplyOutcome): SagaEvent {
  const { id: commandId, attempt, contract } = command
  const done = replies[contract.name] ?? null
  const data = outcome === 'succeeded' ? done : { code: outcome }
  return { type: 'replied', commandId, outcome, attempt, data }
}

function howItStands(saga: Saga) {
  const { id, name, version, status, value, revision, sequence, steps, failure, stuck } = saga
  const told = steps.map(({ name: step, visit, outcome, undo, attempts, error }) => {
    return { name: step, visit, outcome, undo, attempts, error }
  })
  return {
    id,
    name,
    version,
    status,
    state: value,
    revision,
    sequence,
    steps: told,
    failure,
    stuck,
  }
}

const seen = new Map<string, number>()

const runs = (check: (run: ToldRun) => void) =>
  fc.assert(
    fc.property(
      fc.nat({ max: definitions.length - 1 }),
      fc.array(happenings, { maxLength: 40, size: 'max' }),
      (which, events) => {
        const run = new ToldRun(definitions[which] ?? plain)
        for (const event of events) happen(run, event)
        for (const thing of [...run.seen, run.saga?.status ?? '']) {
          seen.set(thing, (seen.get(thing) ?? 0) + 1)
        }
        check(run)
      },
    ),
    { numRuns: 1_000 },
  )

it('the events of a saga tell its status, its steps and its troubles', () => {
  runs((run) => {
    expect(foldSagaEvents(run.told)).toMatchObject(howItStands(run.saga as Saga))
  })
})

it('an undo that is sent when another one was skipped is told', () => {
  const run = new ToldRun(plain)
  happen(run, { type: 'reply', pick: 0, outcome: 'succeeded' })
  happen(run, { type: 'wake' })
  happen(run, { type: 'wake' })
  happen(run, { type: 'reply', pick: 0, outcome: 'refused' })
  happen(run, { type: 'skip', effect: 'none', pick: 0 })
  expect(run.saga?.steps.map(({ undo }) => undo)).toEqual(['pending', 'skipped'])
  expect(foldSagaEvents(run.told)).toMatchObject(howItStands(run.saga as Saga))
})

it('its events have numbers without a gap, and ids of their own', () => {
  runs(({ told, saga }) => {
    const numbers = Array.from({ length: saga?.sequence ?? 0 }, (_, at) => at + 1)
    expect(told.map(({ data }) => data.seq)).toEqual(numbers)
    expect(told.map(({ id }) => id)).toEqual(numbers.map((seq) => `${sagaId}/event/${seq}`))
  })
})

it('playing them through the definition gives the saga again', () => {
  runs(({ definition, told, saga }) => {
    expect(replaySagaEvents(told, () => definition)).toEqual({ saga, problem: null })
  })
})

it('their order on the topic, and repeats, make no difference', () => {
  runs(({ definition, told }) => {
    const mixed = [...told, ...told].sort((a, b) => ((a.data.seq * 7) % 5) - ((b.data.seq * 7) % 5))
    expect(foldSagaEvents(mixed)).toEqual(foldSagaEvents(told))
    expect(replaySagaEvents(mixed, () => definition).problem).toBe(null)
  })
})

/** A search that never met the hard cases has shown nothing. */
const hard = [
  ...['completed', 'compensated', 'abandoned', 'terminated', 'stuck', 'paused'],
  ...['step.skipped', 'undo.skipped', 'undo.refused', 'step.unknown', 'saga.flagged'],
  ...['saga.overdue', 'saga.waiting', 'saga.cancelled', 'event.held', 'reply.foreign'],
]

afterAll(() => {
  const rare = hard.filter((thing) => (seen.get(thing) ?? 0) < 5)
  expect(rare, 'hard cases met in fewer than 5 of the runs').toEqual([])
})
