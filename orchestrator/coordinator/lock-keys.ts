// What keys of semantic locks may be, checked where a saga starts.
import type { Saga } from '../engine/saga.ts'
import { orchestratorError } from '../errors.ts'

/** All of a saga's keys are queued and released together. */
const keysMax = 32
/** Longer ones would not fit into the index. */
const keyLengthMax = 200

/** @throws SAGA_DEFINITION_FAILED when the definition gave keys that no queue can have. */
export function checkLockKeys({ name, locks }: Pick<Saga, 'name' | 'locks'>): void {
  const problem = problemOf(locks)
  if (problem !== null) throw orchestratorError('SAGA_DEFINITION_FAILED', { name, problem })
}

function problemOf(locks: readonly unknown[]): string | null {
  if (locks.length === 0) return null
  if (locks.length > keysMax) return `it takes more than ${keysMax} locks`
  if (new Set(locks).size < locks.length) return 'it takes one lock twice'
  return locks.every(isKey) ? null : `a lock is a text of 1 to ${keyLengthMax} characters`
}

function isKey(key: unknown): boolean {
  if (typeof key !== 'string' || key.length === 0 || key.length > keyLengthMax) return false
  // Postgres takes neither NUL nor half a surrogate pair.
  return !key.includes('\0') && key.isWellFormed()
}
