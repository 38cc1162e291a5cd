// Which definitions handle sensitive data: their sagas' rows are encrypted and their views masked.
// Looked up once for each definition, so that the others pay nothing.
import { isSensitiveCommand } from '../../messaging/contract.ts'
import { hasSensitive } from '../../messaging/sensitive.ts'
import type { SagaDefinition, StepDefinition } from './saga-definition.ts'

const known = new WeakMap<SagaDefinition, boolean>()

/** True when its input, a signal, or anything that a step sends or is answered is sensitive. */
export function isSensitiveDefinition(definition: SagaDefinition): boolean {
  const before = known.get(definition)
  if (before !== undefined) return before
  const { input, signals, steps } = definition
  const answer =
    hasSensitive(input) ||
    [...signals.values()].some(({ data }) => hasSensitive(data)) ||
    [...steps.values()].some(isSensitiveStep)
  known.set(definition, answer)
  return answer
}

/** Of the step's command and of what undoes it. */
function isSensitiveStep({ command }: StepDefinition): boolean {
  return isSensitiveCommand(command) || (command.undo !== null && isSensitiveCommand(command.undo))
}
