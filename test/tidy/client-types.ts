// The types of the typed client, from the OpenAPI document: one file for what has a name there, and
// one for the operations of each tag, with the table of their methods and paths.

export type JsonSchema = { readonly [keyword: string]: unknown }
type Parameter = {
  readonly in: string
  readonly name: string
  readonly required?: boolean
  readonly schema: JsonSchema
}
type Media = Readonly<Record<string, { readonly schema: JsonSchema }>>
export type Operation = {
  readonly operationId: string
  readonly summary: string
  readonly tags: readonly string[]
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Media }
  readonly responses: Readonly<Record<string, { readonly content?: Media }>>
}
export type ApiDocument = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> }
}

const made = 'Made from the OpenAPI document by `npm test -- test/tidy -u`; changes are lost.'

/** By path from the root. Not formatted. */
export function clientFiles(document: ApiDocument): Readonly<Record<string, string>> {
  const files: Record<string, string> = { 'orchestrator/client/api/schemas.ts': schemasFile(document) }
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
  )
  for (const [tag, ofTag] of Map.groupBy(operations, (one) => one.operation.tags[0] ?? '')) {
    files[`orchestrator/client/api/${tag}-api.ts`] = operationsFile(tag, ofTag)
  }
  return files
}

function schemasFile({ components }: ApiDocument): string {
  const types = Object.entries(components.schemas).map(
    ([name, schema]) => `${comment(schema)}export type ${name} = ${typeOf(schema, '')}`,
  )
  return `// What the answers of REST are made of. ${made}\n\n${types.join('\n\n')}\n`
}

type Placed = { readonly path: string; readonly method: string; readonly operation: Operation }

function operationsFile(tag: string, placed: readonly Placed[]): string {
  const entries = placed.map(({ operation }) => {
    const { operationId, summary } = operation
    return `/** ${summary}. */\n'${operationId}': ${operationType(operation)}`
  })
  const routes = placed.map(
    ({ path, method, operation }) =>
      `'${operation.operationId}': { method: '${method.toUpperCase()}', path: '${path}' },`,
  )
  const body = entries.join('\n')
  const from = body.includes('schemas.') ? "import type * as schemas from './schemas.ts'\n" : ''
  return `// The operations of REST under \`${tag}\`. ${made}
${from}
export type ${pascalCase(tag)}Api = {\n${body}\n}

export const ${tag}Routes = {\n${routes.join('\n')}\n} as const
`
}

function operationType({ parameters = [], requestBody, responses }: Operation): string {
  const parts = ['path', 'query', 'header'].flatMap((place) => {
    const found = parameters.filter((parameter) => parameter.in === place)
    if (found.length === 0) return []
    const fields = found.map(({ name, required, schema }) =>
      field(name, required === true, typeOf(schema, 'schemas.')),
    )
    const isNeeded = found.some(({ required }) => required)
    return [`${place === 'header' ? 'headers' : place}${isNeeded ? '' : '?'}: {${fields.join(';')}}`]
  })
  const body = requestBody?.content['application/json']?.schema
  if (body !== undefined) parts.push(`body: ${typeOf(body, 'schemas.')}`)
  return `{ ask: {${parts.join(';')}}; answer: ${answerOf(responses)} }`
}

/** Of a stream it is the data of its events. */
function answerOf(responses: Operation['responses']): string {
  const types = Object.entries(responses)
    .filter(([status]) => status.startsWith('2'))
    .flatMap(([, { content = {} }]) => Object.values(content).map(({ schema }) => schema))
    .map((schema) => typeOf(schema, 'schemas.'))
  return [...new Set(types)].join(' | ') || 'undefined'
}

function typeOf(schema: JsonSchema, from: string): string {
  const { $ref, enum: values, const: value, anyOf, oneOf, type } = schema
  if (typeof $ref === 'string') return `${from}${$ref.split('/').at(-1)}`
  if (value !== undefined) return JSON.stringify(value)
  if (Array.isArray(values)) return values.map((one) => JSON.stringify(one)).join(' | ')
  const choices = (anyOf ?? oneOf) as readonly JsonSchema[] | undefined
  if (choices !== undefined) return choices.map((one) => typeOf(one, from)).join(' | ')
  const types = Array.isArray(type) ? type : [type]
  return types.map((one) => plainType(String(one), schema, from)).join(' | ')
}

function plainType(type: string, schema: JsonSchema, from: string): string {
  switch (type) {
    case 'string':
    case 'boolean':
    case 'null':
      return type
    case 'integer':
    case 'number':
      return 'number'
    case 'array':
      return `readonly (${typeOf((schema['items'] ?? {}) as JsonSchema, from)})[]`
    case 'object':
      return objectType(schema, from)
    default:
      return 'unknown'
  }
}

function objectType(schema: JsonSchema, from: string): string {
  const properties = schema['properties'] as Readonly<Record<string, JsonSchema>> | undefined
  if (properties === undefined) {
    const inner = schema['additionalProperties'] ?? Object.values(patternsOf(schema))[0]
    const isTyped = typeof inner === 'object' && inner !== null
    return `Readonly<Record<string, ${isTyped ? typeOf(inner as JsonSchema, from) : 'unknown'}>>`
  }
  const required = (schema['required'] ?? []) as readonly string[]
  const fields = Object.entries(properties).map(
    ([name, inner]) =>
      comment(inner) + field(name, required.includes(name), typeOf(inner, from)),
  )
  return `{\n${fields.join('\n')}\n}`
}

const patternsOf = (schema: JsonSchema) =>
  (schema['patternProperties'] ?? {}) as Readonly<Record<string, JsonSchema>>

function field(name: string, isRequired: boolean, type: string): string {
  const key = /^\w+$/.test(name) ? name : `'${name}'`
  return `readonly ${key}${isRequired ? '' : '?'}: ${type}`
}

function comment({ description }: JsonSchema): string {
  return typeof description === 'string' && description.length < 90 ? `/** ${description} */\n` : ''
}

const pascalCase = (name: string) => name.charAt(0).toUpperCase() + name.slice(1)
