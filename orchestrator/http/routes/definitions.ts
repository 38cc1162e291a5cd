// `GET /definitions`: the sagas that this server can run.
import { Type } from 'typebox'
import { DefinitionSchema, definitionView } from '../schemas/definition-schema.ts'
import { problems } from '../schemas/problem-schema.ts'
import { noQuery } from '../schemas/request-schemas.ts'
import { refTo } from '../schemas/shared-schemas.ts'
import type { AddRoute } from './route.ts'

const schema = {
  operationId: 'list-definitions',
  summary: 'Every saga and version that can be run here',
  tags: ['definitions'],
  querystring: noQuery,
  response: {
    200: Type.Object(
      { items: Type.Array(refTo(DefinitionSchema)) },
      { description: 'All of them.' },
    ),
    ...problems(),
  },
} as const

export const addDefinitions: AddRoute = (app, { edge }) => {
  const { registry } = edge
  const all = registry.all().map((definition) => {
    const isNewest = registry.newest(definition.name)?.version === definition.version
    return { definition, isNewest }
  })
  app.get('/definitions', { schema }, async () => ({
    items: all.map(({ definition, isNewest }) => {
      const isStartable = edge.isStartable(definition)
      return definitionView(definition, { isNewest, isStartable })
    }),
  }))
}
