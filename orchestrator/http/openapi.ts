// The OpenAPI document: made from the routes, and one path more for each saga that can be started,
// so that readers and generated clients see its input. Set up by `app.ts`.
import swagger, { type FastifyDynamicSwaggerOptions } from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import type { Registry } from '../definition/registry.ts'
import type { SagaDefinition } from '../definition/saga-definition.ts'

type Document = ReturnType<NonNullable<FastifyDynamicSwaggerOptions['transformObject']>>
/** The parts of a document that are worked on here. */
type Operation = {
  readonly parameters?: readonly { readonly in: string }[]
  readonly [name: string]: unknown
}
type Paths = Record<string, { readonly post?: Operation }>

export const startPath = '/sagas/{saga}'

const about = `Starts sagas and shows them.

Sagas are started at \`POST /sagas/{saga}\`; each one that this server can start is listed as a path
of its own, with its input. 202 means that the saga goes on, 200 that it has ended. Errors are
problem documents (RFC 9457); their \`code\` is stable, the words are not.`

const tags = {
  sagas: 'Starting, finding and steering sagas.',
  messages: 'What sagas sent and were sent.',
  events: 'What happens, as server-sent events.',
  stats: 'What happened, by the minute.',
  bulk: 'Verbs for many sagas at once.',
  letters: 'Dead letters: what nobody could handle.',
  definitions: 'The sagas that can be run here, and this document.',
  faults: 'Failures on purpose, in development.',
  health: 'For load balancers and supervisors.',
} as const

export async function describeApi(app: FastifyInstance, registry: Registry): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Sagaline', version: '1.0.0', description: about },
      servers: [{ url: '/' }],
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'An API key, or a token (JWT).' },
        },
      },
      // The second one: where nobody logs in, and for the routes of health.
      security: [{ bearer: [] }, {}],
      tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
    },
    convertConstToEnum: false,
    refResolver: { buildLocalReference: (json) => String(json['$id']) },
    transformObject: (documents) => {
      if (!('openapiObject' in documents)) return documents.swaggerObject
      return addStarts(documents.openapiObject, newestOf(registry))
    },
  })
}

function newestOf(registry: Registry): readonly SagaDefinition[] {
  return registry.all().filter(({ name, version }) => registry.newest(name)?.version === version)
}

function addStarts(document: Document, definitions: readonly SagaDefinition[]): Document {
  const paths = document.paths as unknown as Paths
  const start = paths[startPath]?.post ?? {}
  const inputs: Record<string, unknown> = {}
  for (const { name, input } of definitions) {
    const component = inputNameOf(name)
    const ref = `#/components/schemas/${component}`
    inputs[component] = rebase(input, ref)
    paths[`/sagas/${name}`] = { post: startOf(start, name, ref) }
  }
  const components = 'components' in document ? document.components : {}
  const schemas = components && 'schemas' in components ? components.schemas : {}
  return {
    ...document,
    components: { ...components, schemas: { ...schemas, ...inputs } },
  } as Document
}

/** Of the input of a saga, among the components. */
export function inputNameOf(saga: string): string {
  return `${pascalCase(saga)}Input`
}

function startOf(start: Operation, name: string, ref: string): Operation {
  return {
    ...start,
    operationId: `start-${name}`,
    summary: `Start ${name}`,
    parameters: (start.parameters ?? []).filter((parameter) => parameter.in !== 'path'),
    requestBody: { required: true, content: { 'application/json': { schema: { $ref: ref } } } },
  }
}

function pascalCase(name: string): string {
  return name.replace(/(?:^|-)(.)/g, (_, letter: string) => letter.toUpperCase())
}

/** References inside an input mean the input, which is no longer the root of its document. */
function rebase(schema: unknown, ref: string): unknown {
  const text = JSON.stringify(schema, (key, value: unknown) =>
    key === '$ref' && typeof value === 'string' && value.startsWith('#')
      ? ref + value.slice(1)
      : value,
  )
  return JSON.parse(text)
}
