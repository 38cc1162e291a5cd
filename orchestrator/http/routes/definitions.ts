// `GET /definitions`: the sagas that this server can run.
import { Type } from 'typebox'
import type { SagaDefinition } from '../../definition/saga-definition.ts'
import { type Principal, visibleSagas } from '../access/principal.ts'
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
  app.get('/definitions', { schema }, async ({ principal }) => ({
    items: seenBy(principal, all).map(({ definition, isNewest }) => {
      const isStartable = edge.isStartable(definition)
      return definitionView(definition, { isNewest, isStartable })
    }),
  }))
}

type Listed = { readonly definition: SagaDefinition; readonly isNewest: boolean }

function seenBy(principal: Principal | null, all: readonly Listed[]): readonly Listed[] {
  const names = visibleSagas(principal)
  return names === null ? all : all.filter(({ definition }) => names.includes(definition.name))
}
