// The schema of problem documents, and how routes declare which of them they may answer.
import { type Static, Type } from 'typebox'
import { messagingErrors } from '../../../messaging/errors.ts'
import { orchestratorErrors } from '../../errors.ts'

const tables = { ...messagingErrors, ...orchestratorErrors }
type Code = keyof typeof tables

export const ProblemSchema = Type.Object(
  {
    type: Type.String({ description: 'A name for the kind of problem; holds the code.' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String({ description: 'Words for a person; they may change.' }),
    code: Type.String({ description: 'Stable; what programs decide by.' }),
    instance: Type.String({ description: 'The id of the request, for the log.' }),
    sagaId: Type.Optional(Type.String({ description: 'The saga in question, on 409.' })),
  },
  { $id: 'Problem', description: 'RFC 9457' },
)

export type Problem = Static<typeof ProblemSchema>

/** What any request may meet. */
const common = [
  'REQUEST_INVALID',
  'REQUEST_TIMEOUT',
  'MEDIA_TYPE_UNSUPPORTED',
  'HEADERS_TOO_LARGE',
  'INTERNAL',
  'STORE_UNAVAILABLE',
  'STOPPING',
  'ANSWER_TIMEOUT',
  'LOGIN_REQUIRED',
  'LOGIN_UNAVAILABLE',
  'FORBIDDEN',
  'RATE_LIMITED',
] as const satisfies readonly Code[]

/** The answers for these codes and for the common ones, by status. Types of replies ignore them. */
export function problems(...codes: readonly Code[]): Readonly<Record<never, never>> {
  const all = [...new Set([...codes, ...common])]
  const statuses = new Set(all.map(statusOf))
  return Object.fromEntries(
    [...statuses].map((status) => [
      status,
      {
        description: all.filter((code) => statusOf(code) === status).join(', '),
        content: { 'application/problem+json': { schema: { $ref: 'Problem#' } } },
      },
    ]),
  )
}

function statusOf(code: Code): number {
  return tables[code].status
}
