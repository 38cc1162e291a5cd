// A saga with sensitive fields is judged like any other where its key is, and said not to be judged
// where it is not.
import { Type } from 'typebox'
import { expect, it } from 'vitest'
import { createCipher } from '../../messaging/cipher.ts'
import { sensitive } from '../../messaging/sensitive.ts'
import type { AuditedSaga } from '../../orchestrator/audit/audited.ts'
import { judgeReplay } from '../../orchestrator/audit/judge-replay.ts'
import { createRegistry } from '../../orchestrator/definition/registry.ts'
import { defineSaga } from '../../orchestrator/index.ts'
import { createRowCipher } from '../../orchestrator/store/row-cipher.ts'
import { SagaRun } from '../engine/saga-run.ts'
import { undoable } from '../engine/sample-contracts.ts'
import { auditedStates } from './audited-run.ts'

const definition = defineSaga({
  name: 'secret',
  version: 1,
  input: Type.Object({ amount: sensitive(Type.Number()) }),
  steps: [
    { name: 'a', send: undoable('a') },
    { name: 'b', send: undoable('b') },
  ],
})

const registry = createRegistry([definition])
const key = (id: string, byte: number) =>
  createRowCipher(registry, createCipher([{ id, secret: Buffer.alloc(32, byte) }]))
const written = key('one', 1)

/** After a refusal, as its rows are read with these keys. */
function sealed(reader: ReturnType<typeof key>): AuditedSaga {
  const run = new SagaRun(definition)
  const [a] = run.world.sent
  if (a) run.apply(run.world.handle(a, 'succeeded'))
  const b = run.world.sent.at(-1)
  if (b) run.apply(run.world.handle(b, 'refused'))
  const states = auditedStates(run)
  const last = states.at(-1)
  if (!last?.stored) throw new Error('it never began')
  const { saga, definitionHash } = last.stored
  const history = last.history.map((entry, index) => {
    const of = states[index]?.stored?.saga ?? saga
    const event = run.recorded[index]?.event
    if (event === undefined) throw new Error('it has more entries than events')
    const plain = { saga: of, event, facts: entry.facts, at: entry.at, businessKey: null }
    const facts = throughJson(written.facts(plain)) as typeof entry.facts
    return { ...entry, event: throughJson(written.event(plain)), facts }
  })
  const { id, name, version, status, revision } = saga
  const snapshot = throughJson(written.snapshot(saga)) as never
  const searched = { business_key: null, correlation_id: null, attributes: null }
  const times = { started_at_ms: 0, wake_at_ms: null, definition_hash: definitionHash }
  const row = { id, name, version, status, revision, snapshot, ...searched, ...times }
  return { ...last, stored: reader.read(row), history }
}

const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

it('is played with its key', () => {
  const saga = sealed(written)
  expect(JSON.stringify(saga.history)).not.toContain('"amount"')
  expect(judgeReplay(saga, { registry, rows: written })).toEqual([])
})

it('is not judged without it', () => {
  const other = key('other', 2)
  const [found] = judgeReplay(sealed(other), { registry, rows: other })
  expect(found).toMatchObject({ type: 'not-judged', what: expect.stringContaining('key one') })
})

it('cannot be read where the key of that name is another one', () => {
  const wrong = key('one', 3)
  const [found] = judgeReplay(sealed(wrong), { registry, rows: wrong })
  expect(found).toMatchObject({ type: 'breach', name: 'saga.unreadable' })
})
