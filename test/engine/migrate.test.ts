// A saga goes on with another version, and its history still gives the same saga: each entry is
// folded with the version of its time, which is the new one from the entry `migrated` on.
import { expect, it } from 'vitest'
import type { Json } from '../../messaging/message.ts'
import { defineSaga } from '../../orchestrator/definition/define-saga.ts'
import type { SagaDefinition } from '../../orchestrator/definition/saga-definition.ts'
import { advance } from '../../orchestrator/engine/advance.ts'
import type { Migrated, SagaEvent } from '../../orchestrator/engine/event.ts'
import { isMigrated } from '../../orchestrator/engine/migrate.ts'
import { planMigration } from '../../orchestrator/engine/plan-migration.ts'
import type { Saga } from '../../orchestrator/engine/saga.ts'
import { Drive, factsOf, sentBy } from './drive.ts'
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

function doubled(context: Json): Json {
  const { input, replies } = context as { input: { amount: number }; replies: Json }
  return { input: { amount: 2 * input.amount }, replies }
}

function migrationOf(saga: Saga): Migrated {
  const plan = planMigration({ from: first, to: second, saga })
  if (plan.state === null) throw new Error(plan.reason)
  const by = { requestId: 'm1', actor: 'ann', reason: 'two legs' }
  return { type: 'migrated', from: 1, to: 2, ...by, ...plan.state }
}

/** Every event is kept, as the history keeps it. */
class Recorded extends Drive {
  readonly entries: { readonly event: SagaEvent; readonly at: number }[] = []

  override at(now: number, event: SagaEvent) {
    this.entries.push({ event, at: now })
    return super.at(now, event)
  }
}

function migrated(): { readonly before: Recorded; readonly after: Recorded } {
  const before = new Recorded(first)
  before.start(0)
  const after = new Recorded(second)
  after.saga = before.saga
  after.at(5, migrationOf(before.saga as Saga))
  return { before, after }
}

it('it has the new version and the mapped context, by a person whom its history names', () => {
  const { after } = migrated()
  expect(after.saga).toMatchObject({
    version: 2,
    value: 'a',
    context: { input: { amount: 14 } },
    revision: 2,
  })
  const repeat = after.at(6, migrationOfSame(after))
  expect(factsOf(repeat)).toEqual([])
  expect(repeat.saga.revision).toBe(2)
})

function migrationOfSame({ entries }: Recorded): Migrated {
  const entry = entries.find(({ event }) => event.type === 'migrated')
  if (entry?.event.type !== 'migrated') throw new Error('it was not migrated')
  return entry.event
}

it('a request that it has taken is recognised, and another one is not', () => {
  const { after } = migrated()
  const event = migrationOfSame(after)
  expect(isMigrated(after.saga as Saga, event)).toBe(true)
  expect(isMigrated(after.saga as Saga, { ...event, requestId: 'm2' })).toBe(false)
})

it('a reply to what it sent before leads to the next step of the new version', () => {
  const { after } = migrated()
  const moved = after.reply(10, 'a/do/1', 'succeeded')
  expect(sentBy(moved)).toEqual(['b/do/1'])
  expect(moved.commands[0]?.payload).toEqual({ amount: 14 })
  expect(after.reply(20, 'b/do/1', 'succeeded').saga.status).toBe('completed')
})

it('folding its history with the version of each entry gives the same saga', () => {
  const { before, after } = migrated()
  after.reply(10, 'a/do/1', 'succeeded')
  after.reply(20, 'b/do/1', 'refused', 'full')
  const definitions = new Map([first, second].map((one) => [one.version, one]))
  let definition: SagaDefinition | undefined = first
  let saga: Saga | null = null
  for (const { event, at } of [...before.entries, ...after.entries]) {
    if (event.type === 'migrated') definition = definitions.get(event.to)
    if (definition !== undefined) saga = advance(definition, saga, event, at).saga
  }
  expect(JSON.parse(JSON.stringify(saga))).toEqual(after.saga)
  expect(after.saga?.status).toBe('compensating')
})
