// The types of the typed client, from the OpenAPI document: for each tag a file of what has a name
// there, and one of its operations with the table of their methods and paths.

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

const folder = 'orchestrator/client/api'

/** By path from the root. Not formatted. */
export function clientFiles(document: ApiDocument): Readonly<Record<string, string>> {
  const placed = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
  )
  const byTag = Map.groupBy(placed, (one) => one.operation.tags[0] ?? '')
  const homes = homesOf(document, byTag)
  const files: Record<string, string> = {}
  for (const [tag, ofTag] of byTag) {
    const names = [...homes].flatMap(([name, home]) => (home === tag ? [name] : []))
    if (names.length > 0) files[`${folder}/${tag}-schemas.ts`] = schemasFile(document, names, homes)
    files[`${folder}/${tag}-api.ts`] = operationsFile(tag, ofTag, homes)
  }
  return files
}

/** A schema lives with the first tag whose operations lead to it. */
function homesOf(
  { components }: ApiDocument,
  byTag: ReadonlyMap<string, readonly Placed[]>,
): ReadonlyMap<string, string> {
  const homes = new Map<string, string>()
  for (const [tag, placed] of byTag) {
    const open = refsIn(placed)
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      if (homes.has(name)) continue
      homes.set(name, tag)
      open.push(...refsIn(components.schemas[name]))
    }
  }
  return homes
}

function refsIn(value: unknown): string[] {
  const found = JSON.stringify(value).matchAll(/"#\/components\/schemas\/(\w+)"/g)
  return [...found].map(([, name]) => name ?? '')
}

function importsFor(body: string, homes: ReadonlyMap<string, string>, except: string): string {
  const used = [...homes].filter(([name]) => new RegExp(`\\b${name}\\b`).test(body))
  const byHome = Map.groupBy(used, ([, home]) => home)
  return [...byHome]
    .filter(([home]) => home !== except)
    .map(([home, names]) => {
      const list = names.map(([name]) => name).join(', ')
      return `import type { ${list} } from './${home}-schemas.ts'\n`
    })
    .join('')
}

function schemasFile(
  { components }: ApiDocument,
  names: readonly string[],
  homes: ReadonlyMap<string, string>,
): string {
  const types = names.map((name) => {
    const schema = components.schemas[name] ?? {}
    return `${comment(schema)}export type ${name} = ${typeOf(schema)}`
  })
  const body = types.join('\n\n')
  const imports = importsFor(body, homes, homes.get(names[0] ?? '') ?? '')
  return `// What the answers of REST are made of. ${made}\n${imports}\n${body}\n`
}

type Placed = { readonly path: string; readonly method: string; readonly operation: Operation }

function operationsFile(
  tag: string,
  placed: readonly Placed[],
  homes: ReadonlyMap<string, string>,
): string {
  const entries = placed.map(({ operation }) => {
    const { operationId, summary } = operation
    return `/** ${summary}. */\n'${operationId}': ${operationType(operation)}`
  })
  const routes = placed.map(
    ({ path, method, operation }) =>
      `'${operation.operationId}': { method: '${method.toUpperCase()}', path: '${path}' },`,
  )
  const body = entries.join('\n')
  return `// The operations of REST under \`${tag}\`. ${made}
${importsFor(body, homes, '')}
export type ${pascalCase(tag)}Api = {\n${body}\n}

export const ${tag}Routes = {\n${routes.join('\n')}\n} as const
`
}

function operationType({ parameters = [], requestBody, responses }: Operation): string {
  const parts = ['path', 'query', 'header'].flatMap((place) => {
    const found = parameters.filter((parameter) => parameter.in === place)
    if (found.length === 0) return []
    const fields = found.map(({ name, required, schema }) =>
      field(name, required === true, typeOf(schema)),
    )
    const isNeeded = found.some(({ required }) => required)
    return [
      `${place === 'header' ? 'headers' : place}${isNeeded ? '' : '?'}: {${fields.join(';')}}`,
    ]
  })
  const body = requestBody?.content['application/json']?.schema
  if (body !== undefined) parts.push(`body: ${typeOf(body)}`)
  const ask = parts.length === 0 ? 'Readonly<Record<never, never>>' : `{${parts.join(';')}}`
  return `{ ask: ${ask}; answer: ${answerOf(responses)} }`
}

/** Of a stream it is the data of its events. */
function answerOf(responses: Operation['responses']): string {
  const types = Object.entries(responses)
    .filter(([status]) => status.startsWith('2'))
    .flatMap(([, { content = {} }]) => Object.values(content).map(({ schema }) => schema))
    .map((schema) => typeOf(schema))
  return [...new Set(types)].join(' | ') || 'undefined'
}

function typeOf(schema: JsonSchema): string {
  const { $ref, enum: values, const: value, anyOf, oneOf, type } = schema
  if (typeof $ref === 'string') return $ref.split('/').at(-1) ?? ''
  if (value !== undefined) return JSON.stringify(value)
  if (Array.isArray(values)) return values.map((one) => JSON.stringify(one)).join(' | ')
  const choices = (anyOf ?? oneOf) as readonly JsonSchema[] | undefined
  if (choices !== undefined) return choices.map((one) => typeOf(one)).join(' | ')
  const types = Array.isArray(type) ? type : [type]
  return types.map((one) => plainType(String(one), schema)).join(' | ')
}

function plainType(type: string, schema: JsonSchema): string {
  switch (type) {
    case 'string':
    case 'boolean':
    case 'null':
      return type
    case 'integer':
    case 'number':
      return 'number'
    case 'array':
      return `readonly (${typeOf((schema['items'] ?? {}) as JsonSchema)})[]`
    case 'object':
      return objectType(schema)
    default:
      return 'unknown'
  }
}

function objectType(schema: JsonSchema): string {
  const properties = schema['properties'] as Readonly<Record<string, JsonSchema>> | undefined
  if (properties === undefined) {
    const inner = schema['additionalProperties'] ?? Object.values(patternsOf(schema))[0]
    const isTyped = typeof inner === 'object' && inner !== null
    return `Readonly<Record<string, ${isTyped ? typeOf(inner as JsonSchema) : 'unknown'}>>`
  }
  const required = (schema['required'] ?? []) as readonly string[]
  const fields = Object.entries(properties).map(
    ([name, inner]) => comment(inner) + field(name, required.includes(name), typeOf(inner)),
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
