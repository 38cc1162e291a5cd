// The schema of what is shown of semantic locks.
import { Type } from 'typebox'
import { Time } from './saga-schemas.ts'

export const LockSchema = Type.Object(
  {
    key: Type.String(),
    sagaId: Type.String({ description: 'A UUID.' }),
    position: Type.Number({ description: 'The order of arrival; it grows, with gaps.' }),
    since: Time,
    isHolder: Type.Boolean({ description: 'It holds the key; it runs when it holds all of its.' }),
  },
  { $id: 'Lock', additionalProperties: false, description: 'A saga in the queue of a key.' },
)
