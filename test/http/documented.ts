/** Calls the edge, and fails when an answer is not one that the OpenAPI document tells of. */
import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import { expect } from 'vitest'
import { createCheck } from '../../messaging/check.ts'
import type { App } from '../../orchestrator/http/app.ts'

type Schema = Readonly<Record<string, unknown>>
type Media = { readonly schema: Schema }
export type Operation = {
  readonly operationId: string
  readonly parameters?: readonly { readonly in: string; readonly name: string }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> }
  readonly responses: Readonly<
    Record<string, { readonly content: Readonly<Record<string, Media>> }>
  >
}
export type OpenApi = {
  readonly openapi: string
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

export async function openApiOf(app: App, headers = {}): Promise<OpenApi> {
  return (await app.inject({ url: '/openapi.json', headers })).json<OpenApi>()
}

/** The same for every app of a test file, as far as calls go. */
let known: Promise<OpenApi> | null = null

export async function call(app: App, options: InjectOptions): Promise<LightMyRequestResponse> {
  const response = await app.inject(options)
  const url = String(options.url).split('?', 1)[0] ?? ''
  known ??= openApiOf(app)
  expectDocumented(await known, { method: options.method ?? 'GET', url }, response)
  return response
}

export function expectDocumented(
  document: OpenApi,
  { method, url }: { readonly method: string; readonly url: string },
  response: Pick<LightMyRequestResponse, 'statusCode' | 'headers' | 'body'>,
): void {
  const operation = operationAt(document, method, url)
  if (operation === undefined) {
    expect([404, 405]).toContain(response.statusCode)
    return
  }
  const documented = operation.responses[response.statusCode]
  expect(documented, `${method} ${url} ${response.statusCode}`).toBeDefined()
  const mediaType = String(response.headers['content-type']).split(';', 1)[0] ?? ''
  const schema = documented?.content[mediaType]?.schema
  expect(schema, `${method} ${url} ${mediaType}`).toBeDefined()
  if (schema === undefined || mediaType.startsWith('text/')) return
  const check = checks.get(schema) ?? createCheck(standalone(document, schema))
  checks.set(schema, check)
  expect(check(JSON.parse(response.body)), response.body).toBeNull()
}

const checks = new WeakMap<Schema, ReturnType<typeof createCheck>>()

function operationAt(document: OpenApi, method: string, url: string): Operation | undefined {
  const templates = Object.entries(document.paths)
    .filter(([path]) => new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]*')}$`).test(url))
    .toSorted(([a], [b]) => Number(a.includes('{')) - Number(b.includes('{')))
  return templates.map(([, item]) => item[method.toLowerCase()]).find(Boolean)
}

function standalone(document: OpenApi, schema: Schema): Schema {
  const text = JSON.stringify({ ...schema, $defs: document.components.schemas })
  return JSON.parse(text.replaceAll('#/components/schemas/', '#/$defs/')) as Schema
}
