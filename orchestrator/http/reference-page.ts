// The reference at `/docs/`: the OpenAPI document as a page to read and to try things out on, with
// everything that it needs from this server. Open to everybody: where a login is needed it shows
// what is the same in every installation, and no saga of this one.
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import type { Registry } from '../definition/registry.ts'
import { inputNameOf } from './openapi.ts'

/** Scripts from here only; the page sets styles of its own. */
const contentPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

export async function addReferencePage(
  app: FastifyInstance,
  { registry, isOpen }: { readonly registry: Registry; readonly isOpen: boolean },
): Promise<void> {
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: contentPolicy,
    uiConfig: { docExpansion: 'list', deepLinking: true, tryItOutEnabled: false },
    transformSpecification: (document) => (isOpen ? document : withoutSagas(document, registry)),
  })
}

function withoutSagas(document: Readonly<Record<string, unknown>>, registry: Registry) {
  const { paths, components } = document as {
    readonly paths: Readonly<Record<string, unknown>>
    readonly components: { readonly schemas: Readonly<Record<string, unknown>> }
  }
  const names = registry.all().map(({ name }) => name)
  const inputs = names.map(inputNameOf)
  const schemas = without(components.schemas, inputs)
  return {
    ...document,
    paths: without(
      paths,
      names.map((name) => `/sagas/${name}`),
    ),
    components: { ...components, schemas },
  }
}

function without(record: Readonly<Record<string, unknown>>, names: readonly string[]) {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)))
}
