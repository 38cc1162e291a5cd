// How a definition that makes no sense is refused: by the name of the rule that it breaks.
import { orchestratorError } from '../errors.ts'

/** @throws DEFINITION_INVALID unless there is no problem. */
export function refuseIf(saga: string, problem: string | null, cause?: unknown): void {
  if (problem !== null) {
    throw orchestratorError('DEFINITION_INVALID', { name: saga, problem }, cause)
  }
}

/** The first problem of any of them, or null. */
export function first<T>(
  items: readonly T[],
  problemOf: (item: T) => string | null,
): string | null {
  for (const item of items) {
    const problem = problemOf(item)
    if (problem !== null) return problem
  }
  return null
}
