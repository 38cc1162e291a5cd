// `GET /definitions/{saga}/{version}`: one version of a saga with its statechart.
import { Type } from 'typebox'
import { chartOf } from '../../definition/chart-of.ts'
import { worstCase } from '../../definition/worst-case.ts'
import { orchestratorError } from '../../errors.ts'
import { DefinitionChartSchema } from '../schemas/chart-schema.ts'
import { definitionView } from '../schemas/definition-schema.ts'
import { problems } from '../schemas/problem-schema.ts'
import { noQuery, sagaByName } from '../schemas/request-schemas.ts'
import { refTo } from '../schemas/shared-schemas.ts'
import type { AddRoute } from './route.ts'

const schema = {
  operationId: 'get-definition',
  summary: 'One version of a saga: its statechart, and how long it may take',
  tags: ['definitions'],
  params: Type.Object(
    {
      ...sagaByName.properties,
      version: Type.String({ pattern: '^[1-9]\\d{0,8}$', description: 'Its number.' }),
    },
    { additionalProperties: false },
  ),
  querystring: noQuery,
  response: {
    200: refTo(DefinitionChartSchema),
    ...problems('SAGA_NAME_UNKNOWN', 'DEFINITION_UNKNOWN'),
  },
} as const

export const addDefinition: AddRoute = (app, { edge }) => {
  const { registry } = edge
  app.get('/definitions/:saga/:version', { schema }, async ({ params }) => {
    const { saga } = params
    const version = Number(params.version)
    const definition = registry.version(saga, version)
    if (definition === null) {
      const newest = registry.newest(saga)
      if (newest === null) throw orchestratorError('SAGA_NAME_UNKNOWN', { name: saga })
      throw orchestratorError('DEFINITION_UNKNOWN', { name: saga, version })
    }
    const isNewest = registry.newest(saga)?.version === version
    return {
      ...definitionView(definition, { isNewest, isStartable: edge.isStartable(definition) }),
      deadlineMs: definition.deadlineMs,
      chart: chartOf(definition),
      worstCase: worstCase(definition),
    }
  })
}
