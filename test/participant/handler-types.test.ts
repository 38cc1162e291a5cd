// The types that flow from a contract to its handler: what must not compile, does not. Checked by
// the compiler; at run time only that the definitions stand.
import { Type } from 'typebox'
import { expectTypeOf, test } from 'vitest'
import {
  type Command,
  type CommandOf,
  defineCommand,
  defineEvent,
  event,
  handle,
  handleBatch,
  type OutcomeOf,
  refused,
  succeeded,
} from '../../participant/index.ts'

const take = defineCommand({
  name: 'x.take',
  topic: 'x',
  payload: Type.Object({ amount: Type.Integer() }),
  reply: Type.Object({ id: Type.String() }),
  refusal: Type.Union([Type.Literal('poor'), Type.Literal('late')]),
})

const plain = defineCommand({ name: 'x.plain', topic: 'x', payload: Type.Object({}) })

const taken = defineEvent({ name: 'x.taken', topic: 'y', data: Type.Object({ id: Type.String() }) })

test('a handler knows its payload, and may answer only what the contract allows', () => {
  handle(take, async (_, command) => {
    expectTypeOf(command).toEqualTypeOf<Command<{ amount: number }>>()
    if (command.payload.amount > 9) return refused('poor')
    return succeeded({ id: 'a' }, { events: [event(taken, { data: { id: 'a' } })] })
  })
  // @ts-expect-error a reply that lacks its id
  handle(take, async () => succeeded({}))
  // @ts-expect-error no reply at all
  handle(take, async () => succeeded())
  // @ts-expect-error a reason that the contract does not name
  handle(take, async () => refused('bored'))
  // @ts-expect-error a command without a declared reply has none
  handle(plain, async () => succeeded({ id: 'a' }))
  // @ts-expect-error nothing is no outcome
  handle(plain, async () => undefined)
  handle(plain, async () => succeeded())
  handle(plain, async () => refused('any text'))
  expectTypeOf<CommandOf<typeof take>['payload']>().toEqualTypeOf<{ amount: number }>()
})

test('a batch handler answers a list of the same', () => {
  handleBatch(take, async (_, commands) => commands.map(() => succeeded({ id: 'a' })))
  handleBatch(take, async (_, commands) =>
    commands.map(
      ({ payload }): OutcomeOf<typeof take> =>
        payload.amount > 9 ? refused('late') : succeeded({ id: 'a' }),
    ),
  )
  // @ts-expect-error one outcome for many
  handleBatch(take, async () => succeeded({ id: 'a' }))
  // @ts-expect-error a reason that the contract does not name
  handleBatch(take, async (_, commands) => commands.map(() => refused('bored')))
})

test('an event’s data must fit its contract', () => {
  // @ts-expect-error a number is no id
  const make = () => event(taken, { data: { id: 1 } })
  expectTypeOf(make).toBeFunction()
})

test('an undo takes the payload of its do', () => {
  defineCommand({
    name: 'x.other',
    topic: 'x',
    payload: Type.Object({ other: Type.String() }),
    // @ts-expect-error it takes another payload
    undo: take,
  })
})
