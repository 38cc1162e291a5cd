// The schema of where else a saga is looked at.
import { Type } from 'typebox'

const Template = (what: string) =>
  Type.Unsafe<string | null>({
    type: ['string', 'null'],
    description: `Of ${what}: a URL with {traceId} or {sagaId} in it. Null where none was set.`,
  })

export const LinksSchema = Type.Object(
  { trace: Template('a trace'), logs: Template('logs') },
  { $id: 'Links', additionalProperties: false, description: 'Where else a saga is looked at.' },
)
