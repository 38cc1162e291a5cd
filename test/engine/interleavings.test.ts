// Three branches side by side, walked through every order in which answers can come, with every
// answer that each step can get. Enumerated, not sampled.
import { describe, expect, it } from 'vitest'
import type { Json, MessageId } from '../../messaging/message.ts'
import { defineSaga } from '../../orchestrator/definition/define-saga.ts'
import { advance } from '../../orchestrator/engine/advance.ts'
import type { SagaEvent } from '../../orchestrator/engine/event.ts'
import { isEnded, type Saga, type StepState } from '../../orchestrator/engine/saga.ts'
import { sagaId } from './drive.ts'
import { Amount, lasting, undoable } from './sample-contracts.ts'

const step = (name: string) => ({ name, send: undoable(name), attempts: 1 })

const definition = defineSaga({
  name: 'three-branches',
  version: 1,
  input: Amount,
  steps: [
    step('first'),
    {
      name: 'side-by-side',
      parallel: { a: [step('a1'), step('a2')], b: [step('b1'), step('b2')], c: [step('c1')] },
    },
    { name: 'pay', kind: 'pivot', send: lasting('pay') },
  ],
})

/** The definition's own order, whatever came first. */
const places = ['first', 'a1', 'a2', 'b1', 'b2', 'c1']

type Walk = { readonly saga: Saga; readonly undone: readonly string[]; readonly ends: Ends }
type Ends = { completed: number; compensated: number; readonly ways: Set<string> }

const answers = ['succeeded', 'refused', 'unknown'] as const

describe('three branches side by side', () => {
  it('end as promised in every order of every answer', () => {
    const ends: Ends = { completed: 0, compensated: 0, ways: new Set() }
    const started = move(null, { type: 'started', sagaId, input: { amount: 7 } })
    walk({ saga: started.saga, undone: [], ends })
    expect(ends.completed).toBe(30)
    expect(ends.compensated).toBe(842)
    // Whatever the order of answers was, one set of things to undo has one order of undoing.
    expect([...ends.ways].every((way) => way === sorted(way))).toBe(true)
  })
})

function move(saga: Saga | null, event: SagaEvent) {
  return advance(definition, saga, event, 0)
}

function walk({ saga, undone, ends }: Walk): void {
  const undoing = saga.steps.find(({ undo }) => undo === 'pending')
  if (isEnded(saga)) end({ saga, undone, ends })
  else if (undoing) {
    expect(saga.steps.some(({ outcome }) => outcome === 'pending')).toBe(false)
    const next = reply(saga, undoing, 'undo', 'succeeded')
    walk({ saga: next, undone: [...undone, undoing.name], ends })
  } else
    for (const pending of saga.steps.filter(({ outcome }) => outcome === 'pending')) {
      const possible = pending.name === 'pay' ? (['succeeded'] as const) : answers
      for (const answer of possible) {
        const next =
          answer === 'unknown'
            ? reply(saga, pending, 'do', 'failed')
            : reply(saga, pending, 'do', answer)
        const begun = next.steps.length - saga.steps.length
        if (saga.failure !== null) expect(begun, 'a saga that turns back begins nothing').toBe(0)
        walk({ saga: next, undone, ends })
      }
    }
}

function reply(
  saga: Saga,
  { name, visit, attempts }: StepState,
  direction: 'do' | 'undo',
  outcome: 'succeeded' | 'refused' | 'failed',
): Saga {
  const commandId = `${sagaId}/${name}/${direction}/${visit}` as MessageId
  const data: Json = outcome === 'succeeded' ? null : 'no'
  const result = move(saga, { type: 'replied', commandId, outcome, attempt: attempts, data })
  expect(result.problem).toBeNull()
  return result.saga
}

function end({ saga, undone, ends }: Walk): void {
  const toUndo = saga.steps.filter(({ outcome }) => outcome === 'done' || outcome === 'unknown')
  if (saga.status === 'completed') {
    ends.completed += 1
    expect(undone).toEqual([])
    return
  }
  expect(saga.status).toBe('compensated')
  ends.compensated += 1
  ends.ways.add(undone.join(' '))
  expect([...undone].sort()).toEqual(toUndo.map(({ name }) => name).sort())
}

function sorted(way: string): string {
  const names = way === '' ? [] : way.split(' ')
  return names.sort((a, b) => places.indexOf(b) - places.indexOf(a)).join(' ')
}
