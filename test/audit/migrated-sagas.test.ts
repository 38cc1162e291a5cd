// The history of a saga that went on with another version is played with the version of its time.
import { expect, it } from 'vitest'
import { noKeys } from '../../messaging/cipher.ts'
import type { MessageId, SagaId } from '../../messaging/message.ts'
import { judgeHistory } from '../../orchestrator/audit/judge-history.ts'
import { judgeReplay } from '../../orchestrator/audit/judge-replay.ts'
import { createRegistry } from '../../orchestrator/definition/registry.ts'
import type { SagaDefinition } from '../../orchestrator/definition/saga-definition.ts'
import { advance } from '../../orchestrator/engine/advance.ts'
import type { Advance, Migrated, SagaEvent } from '../../orchestrator/engine/event.ts'
import { plannedMigration } from '../../orchestrator/engine/migrate.ts'
import { planMigration } from '../../orchestrator/engine/plan-migration.ts'
import type { Saga } from '../../orchestrator/engine/saga.ts'
import { defineSaga } from '../../orchestrator/index.ts'
import { createRowCipher } from '../../orchestrator/store/row-cipher.ts'
import { Amount, lasting, undoable } from '../engine/sample-contracts.ts'
import { audited } from './audited-run.ts'

const options = { name: 'trip', input: Amount } as const
const a = { name: 'a', send: undoable('a') } as const
const b = { name: 'b', send: undoable('b') } as const
const tell = { name: 'tell', kind: 'retriable', send: lasting('tell') } as const
const first = defineSaga({ ...options, version: 1, steps: [a, b, tell] })
const second = defineSaga({ ...options, version: 2, steps: [a, tell] })
const sagaId = '0198c5a0-0000-7000-8000-000000000001' as SagaId

/** The saga after these, each with the version of its time. */
function lived() {
  const start = { type: 'started', sagaId, input: { amount: 7 } } as const
  const begun = advance(first, null, start, 10)
  const plan = planMigration({ from: first, to: second, saga: begun.saga, startedAt: 10 })
  if (plan.type !== 'ok') throw new Error(plan.reason)
  const asked: Migrated = {
    ...{ type: 'migrated', requestId: 'm1', actor: 'ann', reason: 'no b', from: 1, to: 2 },
    ...{ value: null, context: null },
  }
  const reply = (step: string): SagaEvent => {
    const commandId = `${sagaId}/${step}/do/1` as MessageId
    return { type: 'replied', commandId, outcome: 'succeeded', attempt: 1, data: null }
  }
  const later = [plannedMigration(asked, plan), reply('a'), reply('tell')]
  const entries: (Advance & { event: SagaEvent; at: number })[] = [
    { event: start, at: 10, ...begun },
  ]
  let saga: Saga = begun.saga
  later.forEach((event, index) => {
    const at = 20 + 10 * index
    const moved = advance(second, saga, event, at)
    saga = moved.saga
    entries.push({ event, at, ...moved })
  })
  const history = entries.map(({ event, at, saga: after, facts }) => {
    const { revision: seq, status, value: state } = after
    return { seq, at, type: event.type, status, state, event, facts, isPending: false }
  })
  return audited(second, { saga, timerDueAt: null, history })
}

function judge(...loaded: readonly SagaDefinition[]) {
  const registry = createRegistry(loaded)
  const saga = lived()
  return [
    ...judgeHistory(saga),
    ...judgeReplay(saga, { registry, rows: createRowCipher(registry, noKeys) }),
  ]
}

it('is fine where both versions are loaded', () => {
  expect(lived().stored?.saga.status).toBe('completed')
  expect(judge(first, second)).toEqual([])
})

it('is not judged where one of them is missing', () => {
  const what = (version: number) => expect.stringContaining(`trip@${version} `)
  expect(judge(second)).toMatchObject([{ type: 'not-judged', what: what(1) }])
  expect(judge(first)).toMatchObject([{ type: 'not-judged', what: what(2) }])
})

it('is illegal where the version of its time would not have done it', () => {
  const other = defineSaga({ ...options, version: 1, steps: [b, a, tell] })
  expect(judge(other, second)).toMatchObject([
    { name: 'history.illegal-event', subject: expect.stringContaining('entry 1 (started)') },
  ])
})
