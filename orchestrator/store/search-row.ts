// A saga as the read model keeps it: made of what readers may see of it.
import type { Json, SagaId } from '../../messaging/message.ts'
import type { SagaView } from './saga-view.ts'
import { attributeTexts, errorText, stepsUnderWay } from './search-words.ts'

export type SearchRow = Pick<
  SagaView,
  | 'id'
  | 'name'
  | 'version'
  | 'status'
  | 'revision'
  | 'businessKey'
  | 'correlationId'
  | 'startedAt'
  | 'updatedAt'
  | 'endedAt'
> & {
  readonly parentId: SagaId | null
  readonly steps: readonly string[]
  readonly error: string | null
  readonly state: Json
  /** Each as `name:value`. */
  readonly attributes: readonly string[]
}

/** Leaves out what may be large: errors of steps, the output. */
export function toSearchRow(view: SagaView): SearchRow {
  const { id, name, version, status, revision, businessKey, correlationId, parentId } = view
  const { state, startedAt, updatedAt, endedAt } = view
  return {
    ...{ id, name, version, status, revision, businessKey, correlationId, parentId },
    ...{ state, startedAt, updatedAt, endedAt },
    steps: stepsUnderWay(view),
    error: errorText(view),
    attributes: attributeTexts(view.attributes),
  }
}
