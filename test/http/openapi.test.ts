/** The OpenAPI document: whole, and of one mind with the routes. */
import { Type } from 'typebox'
import { describe, expect, it } from 'vitest'
import { createRegistry } from '../../orchestrator/definition/registry.ts'
import type { SagaDefinition } from '../../orchestrator/definition/saga-definition.ts'
import type { Operation } from './documented.ts'
import { openApiOf } from './documented.ts'
import { appWith, registry } from './fake-edge.ts'

const document = await openApiOf(await appWith())
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
)

describe('the OpenAPI document', () => {
  it('is of version 3.1.0 and has every route', () => {
    expect(document.openapi).toBe('3.1.0')
    expect(operations.map(({ path, method }) => `${method} ${path}`).toSorted()).toEqual([
      'get /bulk-jobs',
      'get /bulk-jobs/{job}',
      'get /bulk-jobs/{job}/items',
      'get /dead-letters',
      'get /dead-letters/{letter}',
      'get /definitions',
      'get /definitions/{saga}/{version}',
      'get /events',
      'get /faults',
      'get /health/live',
      'get /health/ready',
      'get /links',
      'get /locks',
      'get /metrics',
      'get /openapi.json',
      'get /saga-counts',
      'get /sagas',
      'get /sagas/{saga}',
      'get /sagas/{saga}/events',
      'get /sagas/{saga}/history',
      'get /sagas/{saga}/logs',
      'get /sagas/{saga}/messages',
      'get /sagas/{saga}/verbs',
      'get /stats',
      'get /vitals',
      'post /bulk-jobs',
      'post /bulk-jobs/{job}/cancel',
      'post /dead-letters/replay',
      'post /dead-letters/{letter}/discard',
      'post /dead-letters/{letter}/edit',
      'post /dead-letters/{letter}/replay',
      'post /definitions/{saga}/migrations',
      'post /erasures',
      'post /faults',
      'post /faults/clear',
      'post /sagas/send-parcel',
      'post /sagas/{saga}',
      'post /sagas/{saga}/abandon',
      'post /sagas/{saga}/cancel',
      'post /sagas/{saga}/pause',
      'post /sagas/{saga}/resume',
      'post /sagas/{saga}/retry',
      'post /sagas/{saga}/signals/{signal}',
      'post /sagas/{saga}/skip',
      'post /sagas/{saga}/terminate',
      'post /signals/{signal}',
    ])
  })

  it('has no reference that leads nowhere', () => {
    const found = refs(document)
    expect(found.length).toBeGreaterThan(10)
    for (const ref of found) expect(resolve(ref), ref).toBeDefined()
  })

  it('names its components for readers', () => {
    expect(Object.keys(document.components.schemas).toSorted()).toEqual([
      'BulkItem',
      'BulkJob',
      'BulkPreview',
      'BulkProgress',
      'DeadLetter',
      'DeadLetterSummary',
      'Definition',
      'DefinitionChart',
      'Faults',
      'FeedEntry',
      'FoundSaga',
      'HistoryEntry',
      'Links',
      'Lock',
      'LogLine',
      'MigrationPage',
      'PossibleVerbs',
      'Problem',
      'Saga',
      'SagaCounts',
      'SagaMessage',
      'SagaStarted',
      'SendParcelInput',
      'SignalResult',
      'Stats',
      'Vitals',
    ])
  })

  it('has no two paths that differ in the names of their parameters only', () => {
    const shapes = Object.keys(document.paths).map((path) => path.replace(/\{\w+\}/g, '{}'))
    expect(new Set(shapes).size).toBe(shapes.length)
  })

  it('gives every operation an id of its own, and every path its parameters', () => {
    const ids = operations.map(({ operation }) => operation.operationId)
    expect(new Set(ids).size).toBe(ids.length)
    for (const { path, operation } of operations)
      expect(pathParameters(operation)).toEqual(
        [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name),
      )
  })

  it('tells of failures at every operation', () => {
    for (const { operation } of operations) {
      for (const status of ['400', '500', '503']) {
        const media = Object.keys(operation.responses[status]?.content ?? {})
        expect(media).toContain('application/problem+json')
      }
    }
  })

  it('shows the input of each saga that can be started', () => {
    const start = document.paths['/sagas/send-parcel']?.['post']
    const ref = '#/components/schemas/SendParcelInput'
    expect(start?.requestBody?.content['application/json']?.schema).toEqual({ $ref: ref })
    expect(document.components.schemas['SendParcelInput']).toEqual({
      type: 'object',
      required: ['sku'],
      properties: { sku: { type: 'string' } },
      additionalProperties: false,
    })
  })

  it('keeps references inside an input where they point', async () => {
    const newest = registry.newest('send-parcel') as SagaDefinition
    const input = Type.Unsafe({
      type: 'object',
      properties: { tree: { $ref: '#/$defs/tree' } },
      $defs: { tree: { type: 'array', items: { $ref: '#/$defs/tree' } } },
    })
    const app = await appWith({ registry: createRegistry([{ ...newest, input }]) })
    expect((await openApiOf(app)).components.schemas['SendParcelInput']).toMatchObject({
      properties: { tree: { $ref: '#/components/schemas/SendParcelInput/$defs/tree' } },
    })
  })

  it('has neither descriptions left out nor ids of schemas left in', () => {
    const text = JSON.stringify(document)
    expect(text).not.toContain('Default Response')
    expect(text).not.toContain('"$id"')
    expect(text).not.toContain('def-0')
  })
})

describe('a route', () => {
  it('has schemas for its query, its parameters, its body and its answers', () => {
    for (const { path, method, operation } of operations) {
      expect(Object.keys(operation.responses).some((status) => status < '300')).toBe(true)
      expect(operation.requestBody !== undefined, path).toBe(method === 'post')
    }
  })

  it('refuses what its query does not name', async () => {
    const app = await appWith()
    for (const { path, method } of operations) {
      const url = `${path.replaceAll(/\{\w+\}/g, 'x')}?surprise=1`
      const payload = method === 'post' ? { payload: { actor: 'ann', reason: 'why' } } : {}
      const response = await app.inject({ method: method as 'GET' | 'POST', url, ...payload })
      expect(response.json(), url).toMatchObject({ code: 'REQUEST_INVALID' })
    }
  })
})

function pathParameters({ parameters = [] }: Operation): readonly string[] {
  return parameters.filter((one) => one.in === 'path').map(({ name }) => name)
}

function refs(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) =>
    key === '$ref' && typeof inner === 'string' ? [inner] : refs(inner),
  )
}

function resolve(ref: string): unknown {
  return ref
    .split('/')
    .slice(1)
    .reduce<unknown>((at, part) => (at as Record<string, unknown>)[part], document)
}
