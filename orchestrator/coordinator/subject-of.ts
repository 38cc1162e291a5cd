// Whose data a saga is about to have, from the function of its definition.
import type { Json } from '../../messaging/message.ts'
import type { SagaDefinition } from '../definition/saga-definition.ts'
import { orchestratorError } from '../errors.ts'
import { withoutData } from './start-keys.ts'

/** Enough for any id of a person. */
const subjectLengthMax = 500

/** Null where it is nobody's. @throws SAGA_DEFINITION_FAILED when it gives no text. */
export function subjectOf(definition: SagaDefinition, input: Json): string | null {
  const { name, subject } = definition
  if (subject === null) return null
  const text: unknown = withoutData(definition, () => subject(input))
  if (typeof text === 'string' && text !== '' && text.length <= subjectLengthMax) return text
  const problem = `its subject is no text of 1 to ${subjectLengthMax} characters`
  throw orchestratorError('SAGA_DEFINITION_FAILED', { name, problem })
}
