// Which definition starts, and which one a living saga keeps.
import { expect, it } from 'vitest'
import { defineSaga } from '../../orchestrator/definition/define-saga.ts'
import { createRegistry } from '../../orchestrator/definition/registry.ts'
import { Amount, undoable } from '../engine/sample-contracts.ts'

const send = undoable('a')
const define = (name: string, version: number, step = 'a') =>
  defineSaga({ name, version, input: Amount, steps: [{ name: step, send }] })

it('the newest version of a name starts, whatever the order', () => {
  const registry = createRegistry([define('x', 1), define('x', 3), define('x', 2), define('y', 1)])
  expect(registry.newest('x')?.version).toBe(3)
  expect(registry.newest('y')?.version).toBe(1)
  expect(registry.newest('z')).toBeNull()
})

it('a living saga finds its own version', () => {
  const registry = createRegistry([define('x', 1), define('x', 2)])
  expect(registry.version('x', 1)?.version).toBe(1)
  expect(registry.version('x', 3)).toBeNull()
  expect(registry.all()).toHaveLength(2)
})

it('the same definition may come twice', () => {
  expect(createRegistry([define('x', 1), define('x', 1)]).all()).toHaveLength(1)
})

it('one version with two contents is refused', () => {
  const failure = expect.objectContaining({ code: 'DEFINITION_DUPLICATE' })
  expect(() => createRegistry([define('x', 1), define('x', 1, 'b')])).toThrow(failure)
})
