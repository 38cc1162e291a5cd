// The schemas of what requests carry besides their bodies. Anything not named is refused, except
// headers.
import { Type } from 'typebox'

export const noQuery = Type.Object({}, { additionalProperties: false })

/** One word for both, since OpenAPI cannot tell `/sagas/{name}` from `/sagas/{id}`. */
export const sagaById = Type.Object(
  { saga: Type.String({ minLength: 1, maxLength: 200, description: 'The id of a saga.' }) },
  { additionalProperties: false },
)

export const sagaByName = Type.Object(
  {
    saga: Type.String({
      minLength: 1,
      maxLength: 200,
      description: 'The name of a saga definition.',
    }),
  },
  { additionalProperties: false },
)

/** Postgres has no NUL in its texts. */
export const queryText = (description: string) =>
  Type.String({ minLength: 1, maxLength: 200, pattern: '^[^\\u0000]*$', description })

export const idempotencyKey = Type.String({
  minLength: 1,
  maxLength: 200,
  pattern: '^[ -~]+$',
  description: 'A second request with the same key changes nothing; printable ASCII.',
})

export const personName = (description: string) =>
  Type.String({ minLength: 1, maxLength: 200, description })
