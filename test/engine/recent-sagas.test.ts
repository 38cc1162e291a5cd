// How much is kept of the sagas that were written last.
import { expect, it } from 'vitest'
import type { SagaId } from '../../messaging/message.ts'
import type { Saga } from '../../orchestrator/engine/saga.ts'
import { keptRow, RecentSagas } from '../../orchestrator/store/recent-sagas.ts'

const megabyte = 1024 * 1024

function rowOf(id: string, text: string, over: Partial<Saga> = {}, attribute = '') {
  const saga = { id, name: 'n', version: 1, status: 'running', revision: 1, subjectKey: null }
  return keptRow({ ...saga, locks: [], ...over } as unknown as Saga, {
    ...{ text, definitionHash: 'h', businessKey: null, correlationId: null },
    ...{ attributes: { a: attribute }, startedAt: 0, wakeAt: null },
  })
}

const has = (recent: RecentSagas, id: string) => recent.has(id as SagaId)

it('is read as it was written, until it is dropped', () => {
  const recent = new RecentSagas()
  recent.keep([rowOf('one', '{"context":{"n":1}}')])
  expect(recent.find('one' as SagaId)).toMatchObject({ id: 'one', snapshot: { context: { n: 1 } } })
  recent.drop('one' as SagaId)
  expect(recent.find('one' as SagaId)).toBeNull()
})

it('those that were not moved for the longest make room, by all that is kept of them', () => {
  const recent = new RecentSagas()
  recent.keep([rowOf('first', '"'.padEnd(7 * megabyte, 'x')), rowOf('second', '{}')])
  recent.keep([rowOf('first', '"'.padEnd(7 * megabyte, 'y'))])
  recent.keep([rowOf('third', '{}', {}, 'z'.repeat(9 * megabyte - 1_200))])
  expect(['first', 'second', 'third'].filter((id) => has(recent, id))).toEqual(['first', 'third'])
  recent.keep([rowOf('fourth', '"'.padEnd(8 * megabyte, 'x'))])
  expect(['first', 'third', 'fourth'].filter((id) => has(recent, id))).toEqual(['fourth'])
})

it.each([
  ['ended', { status: 'completed' }],
  ['stuck', { status: 'stuck' }],
  ['with semantic locks', { locks: ['a key'] }],
  ['about a person', { subjectKey: 'k' }],
] as const)('a saga that is %s is not kept, nor what was known of it', (_, over) => {
  const recent = new RecentSagas()
  recent.keep([rowOf('one', '{}')])
  recent.keep([rowOf('one', '{}', over as Partial<Saga>)])
  expect(has(recent, 'one')).toBe(false)
})
