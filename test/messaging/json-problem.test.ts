// Nesting is counted through objects and arrays alike, and never inside of texts.
import { expect, test } from 'vitest'
import { jsonProblem } from '../../messaging/json-problem.ts'

const problemOf = (text: string) => jsonProblem(text, JSON.parse(text))

function nested(depth: number, core: string): string {
  let text = core
  for (let level = 0; level < depth; level += 1) text = level % 2 ? `{"a":${text}}` : `[${text}]`
  return text
}

test('100 levels are taken, 101 are not', () => {
  expect(problemOf(nested(100, '"x"'))).toBeNull()
  expect(problemOf(nested(101, '"x"'))).toMatch('deeper than 100')
})

test('what only looks like nesting is none', () => {
  expect(problemOf(JSON.stringify('[{"\\'.repeat(300)))).toBeNull()
  expect(problemOf(`[${'[],{},'.repeat(300)}1]`)).toBeNull()
  expect(problemOf(nested(99, JSON.stringify(`${'['.repeat(300)}"]`)))).toBeNull()
})
