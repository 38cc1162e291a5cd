// A migration is decided under the lock of its saga's row: the saga may have moved since it was
// looked at, and what comes in the same batch after it meets the new version.
import { Type } from 'typebox'
import { expect, it } from 'vitest'
import { noKeys } from '../../messaging/cipher.ts'
import type { MessageId, SagaId } from '../../messaging/message.ts'
import { foldSagas, type Incoming } from '../../orchestrator/coordinator/fold-sagas.ts'
import { createRegistry } from '../../orchestrator/definition/registry.ts'
import { advance } from '../../orchestrator/engine/advance.ts'
import type { SagaEvent } from '../../orchestrator/engine/event.ts'
import type { Saga } from '../../orchestrator/engine/saga.ts'
import { defineSaga, defineSignal } from '../../orchestrator/index.ts'
import { createRowCipher } from '../../orchestrator/store/row-cipher.ts'
import { Amount, lasting, undoable } from '../engine/sample-contracts.ts'

const [a, b, tell] = [undoable('a'), undoable('b'), lasting('tell')]
const end = { name: 'tell', kind: 'retriable', send: tell } as const
const saga = { name: 'trip', input: Amount } as const
const stepA = { name: 'a', send: a } as const
const stepB = { name: 'b', send: b } as const
const first = defineSaga({ ...saga, version: 1, steps: [stepA, stepB, end] })
const second = defineSaga({ ...saga, version: 2, steps: [stepA, end] })
const go = defineSignal({ name: 'go', data: Type.Null() })
const waiting = { ...saga, name: 'rest', steps: [{ name: 'resting', waitFor: go }] } as const
const patient = defineSaga({ ...waiting, version: 1 })
const hasty = defineSaga({
  ...waiting,
  version: 2,
  deadlineMs: 5_000,
  steps: [{ name: 'resting', waitFor: go, timeoutMs: 900 }],
})
const registry = createRegistry([first, second, patient, hasty])
const sagaId = '0198c5a0-0000-7000-8000-000000000001' as SagaId

function reply(step: string): SagaEvent {
  const commandId = `${sagaId}/${step}/do/1` as MessageId
  return { type: 'replied', commandId, outcome: 'succeeded', attempt: 1, data: null }
}

const by = { actor: 'ann', reason: 'no b any more' }
const migrated = (requestId: string, to = 2): SagaEvent => ({
  type: 'migrated',
  ...{ requestId, from: 1, to, ...by },
  ...{ value: null, context: null },
})

const rows = createRowCipher(registry, noKeys)

/** After the start and these replies, with version 1. */
function sagaAfter(...replies: readonly string[]): Saga {
  const start: SagaEvent = { type: 'started', sagaId, input: { amount: 7 } }
  return [start, ...replies.map(reply)].reduce<Saga | null>(
    (before, event) => advance(first, before, event, 5).saga,
    null,
  ) as Saga
}

function fold(before: Saga, hash: string, ...events: readonly SagaEvent[]) {
  const keys = { businessKey: null, correlationId: null, attributes: {} }
  const row = { startedAt: 2.5, isSealed: false, problem: null }
  const stored = { saga: before, definitionHash: hash, ...keys, ...row }
  const wakeAt = before.steps.length === 0 ? null : 9_000_000
  const sagas = new Map([[sagaId, { ...stored, wakeAt }]])
  const items: Incoming[] = events.map((event) => ({ sagaId, event, cause: null }))
  return foldSagas({ registry, rows }, { sagas, now: 10 }, items)
}

const codes = ({ problems }: ReturnType<typeof fold>) => problems.map((one) => one?.code ?? null)

it('what follows in the batch meets the new version, whose hash is written', () => {
  const folded = fold(sagaAfter(), first.hash, migrated('m1'), reply('a'))
  expect(codes(folded)).toEqual([null, null])
  expect(folded.changed).toMatchObject([
    { definitionHash: second.hash, saga: { version: 2, value: 'tell', revision: 3 } },
  ])
  expect(folded.commands.map(({ command }) => command.step)).toEqual(['tell'])
})

it('the history keeps the state that the saga went to', () => {
  const before = sagaAfter()
  const { history } = fold(before, first.hash, migrated('m1'))
  expect(history).toMatchObject([
    { event: { type: 'migrated', value: 'a', context: before.context, ...by } },
  ])
})

it('a saga that moved since it was looked at is refused, and the batch goes on with the old', () => {
  const folded = fold(sagaAfter(), first.hash, reply('a'), migrated('m1'), reply('b'))
  expect(codes(folded)).toEqual([null, 'MIGRATION_IMPOSSIBLE', null])
  expect(folded.changed).toMatchObject([{ saga: { version: 1, value: 'tell' } }])
  expect(folded.changed[0]).not.toHaveProperty('definitionHash')
})

it('the same request again changes nothing, and another one is told of the version', () => {
  const once = fold(sagaAfter(), first.hash, migrated('m1')).changed[0]?.saga as Saga
  const again = fold(once, second.hash, migrated('m1'))
  expect(codes(again)).toEqual([null])
  expect(again.history).toEqual([])
  expect(codes(fold(once, second.hash, migrated('m2')))).toEqual(['MIGRATION_IMPOSSIBLE'])
})

it('a version that is not here is refused', () => {
  expect(codes(fold(sagaAfter(), first.hash, migrated('m1', 3)))).toEqual(['DEFINITION_UNKNOWN'])
})

it('time limits of the new version are set, and in the history, as they were planned', () => {
  const before = advance(patient, null, { type: 'started', sagaId, input: { amount: 7 } }, 5).saga
  const { changed, history } = fold(before, patient.hash, migrated('m1'))
  const id = 'xstate.after.timeout:resting.rest.resting'
  const timer = { id, event: id }
  expect(history).toMatchObject([
    { event: { timers: [{ ...timer, time: { afterMs: 900 } }], deadlineAt: 5_002 } },
  ])
  expect(changed).toMatchObject([
    {
      ...{ definitionHash: hasty.hash, wake: 'set', wakeAt: 910 },
      saga: { timers: [{ ...timer, dueAt: 910 }], deadlineAt: 5_002 },
    },
  ])
})
