// The id of a new saga: one whose replies come here, where that is known; else any.
import { expect, test } from 'vitest'
import { drawSagaId } from '../../orchestrator/coordinator/draw-saga-id.ts'

function drawing() {
  let last = 0
  const newId = () => {
    last += 1
    return `id-${last}`
  }
  return { newId, drawn: () => last }
}

test('it is drawn until it is one of its own', () => {
  const { newId, drawn } = drawing()
  expect(drawSagaId(newId, (key) => key === 'id-7')).toBe('id-7')
  expect(drawn()).toBe(7)
})

test('one draw does where every key comes here, or nobody can tell', () => {
  const { newId, drawn } = drawing()
  expect(drawSagaId(newId, () => true)).toBe('id-1')
  expect(drawSagaId(newId)).toBe('id-2')
  expect(drawn()).toBe(2)
})

test('a process that takes nothing at the moment starts sagas all the same', () => {
  const { newId, drawn } = drawing()
  expect(drawSagaId(newId, () => false)).toBe('id-64')
  expect(drawn()).toBe(64)
})
