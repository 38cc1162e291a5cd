// `GET /sagas/{saga}/verbs`: what each verb would do to the saga as it stands, before somebody
// uses one.
import type { PossibleVerb } from '../../engine/possible-verbs.ts'
import { sagaIdOf } from '../saga-id.ts'
import { problems } from '../schemas/problem-schema.ts'
import { noQuery, sagaById } from '../schemas/request-schemas.ts'
import { refTo } from '../schemas/shared-schemas.ts'
import { PossibleVerbsSchema } from '../schemas/verb-schemas.ts'
import { verbWords } from '../verb-words.ts'
import type { AddRoute } from './route.ts'

const schema = {
  operationId: 'list-verbs',
  summary: 'What each verb would do to a saga as it stands',
  tags: ['sagas'],
  params: sagaById,
  querystring: noQuery,
  response: { 200: refTo(PossibleVerbsSchema), ...problems('SAGA_NOT_FOUND') },
} as const

export const addPossibleVerbs: AddRoute = (app, { edge }) => {
  app.get('/sagas/:saga/verbs', { schema }, async (request) => {
    const found = await edge.outlook(sagaIdOf(request.params.saga))
    return { items: found?.verbs.map(show) ?? null, ifItFailed: found?.ifItFailed ?? null }
  })
}

function show({ refusal, ...possible }: PossibleVerb) {
  const refused = refusal && { code: refusal.code, detail: refusal.message }
  return { ...possible, does: verbWords[possible.verb], refusal: refused }
}
