// A saga goes on with another version, and its history still gives the same saga: each entry is
// folded with the version of its time, which is the new one from the entry `migrated` on.
import { Type } from 'typebox'
import { expect, it } from 'vitest'
import { setup } from 'xstate'
import type { Json, MessageId } from '../../messaging/message.ts'
import { commandActor } from '../../orchestrator/definition/command-actor.ts'
import { defineSaga } from '../../orchestrator/definition/define-saga.ts'
import { defineSignal } from '../../orchestrator/definition/define-signal.ts'
import type { SagaDefinition } from '../../orchestrator/definition/saga-definition.ts'
import { sagaFromMachine } from '../../orchestrator/definition/saga-from-machine.ts'
import { advance } from '../../orchestrator/engine/advance.ts'
import type { Migrated, Replied, Started } from '../../orchestrator/engine/event.ts'
import { isMigrated } from '../../orchestrator/engine/migrate.ts'
import { planMigration } from '../../orchestrator/engine/plan-migration.ts'
import type { Saga } from '../../orchestrator/engine/saga.ts'
import { Drive, factsOf, sagaId, sentBy } from './drive.ts'
import { Amount, undoable } from './sample-contracts.ts'

const [a, b] = [undoable('a'), undoable('b')]

const first = defineSaga({
  name: 'trip',
  version: 1,
  input: Amount,
  steps: [{ name: 'a', send: a }],
})
const second: SagaDefinition = {
  ...defineSaga({
    name: 'trip',
    version: 2,
    input: Amount,
    steps: [
      { name: 'a', send: a },
      { name: 'b', send: b },
    ],
  }),
  migrations: new Map([[1, ({ value, context }) => ({ value, context: doubled(context) })]]),
}

const started: Started = { type: 'started', sagaId, input: { amount: 7 } }

function doubled(context: Json): Json {
  const { input, replies } = context as { input: { amount: number }; replies: Json }
  return { input: { amount: 2 * input.amount }, replies }
}

function migrationOf(saga: Saga): Migrated {
  const plan = planMigration({ from: first, to: second, saga, startedAt: 0 })
  if (plan.state === null) throw new Error(plan.reason)
  const by = { requestId: 'm1', actor: 'ann', reason: 'two legs' }
  return { type: 'migrated', from: 1, to: 2, ...by, ...plan.state }
}

/** A saga that was migrated while its first step is under way. */
function migrated(): { readonly drive: Drive; readonly event: Migrated } {
  const before = new Drive(first)
  before.at(0, started)
  const event = migrationOf(before.saga as Saga)
  const drive = new Drive(second)
  drive.saga = before.saga
  drive.at(5, event)
  return { drive, event }
}

it('it has the new version and the mapped context, and a repeat changes nothing', () => {
  const { drive, event } = migrated()
  expect(drive.saga).toMatchObject({
    version: 2,
    value: 'a',
    context: { input: { amount: 14 } },
    revision: 2,
  })
  const repeat = drive.at(6, event)
  expect(factsOf(repeat)).toEqual([])
  expect(repeat.saga.revision).toBe(2)
})

it('a request that it has taken is recognised, and another one is not', () => {
  const { drive, event } = migrated()
  expect(isMigrated(drive.saga as Saga, event)).toBe(true)
  expect(isMigrated(drive.saga as Saga, { ...event, requestId: 'm2' })).toBe(false)
})

it('a reply to what it sent before leads to the next step of the new version', () => {
  const { drive } = migrated()
  const moved = drive.reply(10, 'a/do/1', 'succeeded')
  expect(sentBy(moved)).toEqual(['b/do/1'])
  expect(moved.commands[0]?.payload).toEqual({ amount: 14 })
  expect(drive.reply(20, 'b/do/1', 'succeeded').saga.status).toBe('completed')
})

it('a signal that was kept reaches a state that waits for it only now', () => {
  const go = defineSignal({ name: 'go', data: Type.Null() })
  const versionOf = (version: number, early: boolean) => {
    const machine = setup({ actors: { a: commandActor(a) } }).createMachine({
      id: 'm',
      initial: 'asking',
      states: {
        asking: {
          invoke: { id: 'a', src: 'a', input: { amount: 7 }, onDone: 'resting' },
          ...(early && { on: { go: 'completed' } }),
        },
        resting: { on: { go: 'completed' } },
        completed: { type: 'final' },
      },
    })
    return sagaFromMachine({ version, input: Amount, machine, signals: [go] })
  }
  const before = new Drive(versionOf(1, false))
  before.at(0, started)
  before.signal(1, 'go')
  const { value, context } = before.saga as Saga
  const drive = new Drive(versionOf(2, true))
  drive.saga = before.saga
  const by = { requestId: 'm1', actor: 'ann', reason: 'sooner' }
  const moved = drive.at(2, { type: 'migrated', from: 1, to: 2, ...by, value, context })
  expect(factsOf(moved).slice(0, 2)).toEqual(['saga.migrated', 'signal.delivered'])
})

it('folding its history with the version of each entry gives the same saga', () => {
  const { drive, event: migration } = migrated()
  const replies = [replyTo('a/do/1', 'succeeded'), replyTo('b/do/1', 'refused')]
  for (const event of replies) drive.at(10, event)
  const definitions = new Map([first, second].map((one) => [one.version, one]))
  let definition: SagaDefinition | undefined = first
  let saga: Saga | null = null
  for (const event of [started, migration, ...replies]) {
    if (event.type === 'migrated') definition = definitions.get(event.to)
    const at = { started: 0, migrated: 5, replied: 10 }[event.type]
    if (definition !== undefined) saga = advance(definition, saga, event, at).saga
  }
  expect(JSON.parse(JSON.stringify(saga))).toEqual(drive.saga)
  expect(drive.saga?.status).toBe('compensating')
})

function replyTo(command: string, outcome: 'succeeded' | 'refused'): Replied {
  const commandId = `${sagaId}/${command}` as MessageId
  return {
    type: 'replied',
    commandId,
    outcome,
    attempt: 1,
    data: outcome === 'refused' ? 'full' : null,
  }
}
