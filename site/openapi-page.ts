// docs/openapi.json as a page to read: each route with what it takes and what it answers.
import { capital, escaped, type Schema, schemaText, table, typeText } from './schema-text.ts'

type Content = Readonly<Record<string, { readonly schema?: Schema }>>

type Parameter = {
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly description?: string
  readonly schema?: Schema
}

type Operation = {
  readonly summary: string
  readonly description?: string
  readonly tags: readonly string[]
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Content }
  readonly responses: Readonly<
    Record<string, { readonly description?: string; readonly content?: Content }>
  >
}

export type OpenApi = {
  readonly info: { readonly title: string; readonly description: string }
  readonly tags: readonly { readonly name: string; readonly description: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

export function openapiPage(api: OpenApi): string {
  const operations = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )
  const groups = api.tags.flatMap(({ name, description }) => [
    `## ${capital(name)}\n\n${description}`,
    ...operations
      .filter(({ operation }) => operation.tags.includes(name))
      .map(({ path, method, operation }) => operationText(method, path, operation)),
  ])
  const schemas = Object.entries(api.components.schemas).map(
    ([name, schema]) => `### ${name}\n\n${schemaText(schema)}`,
  )
  const from = 'Written from the document that every orchestrator serves at `/openapi.json`.'
  const head = `# Every REST route\n\n${from}\n\n${escaped(api.info.description)}`
  return `${[head, ...groups, '## Schemas', ...schemas].join('\n\n')}\n`
}

function operationText(method: string, path: string, operation: Operation): string {
  const { summary, description, parameters = [], requestBody, responses } = operation
  const body = Object.entries(requestBody?.content ?? {}).map(
    ([type, { schema }]) => `Body, \`${type}\`:\n\n${schemaText(schema ?? {})}`,
  )
  const takes = parameters.map((parameter) => [
    `\`${parameter.name}\``,
    parameter.in,
    `${typeText(parameter.schema ?? {})}${parameter.required === true ? ', required' : ''}`,
    parameter.description ?? '',
  ])
  const answers = Object.entries(responses).map(([status, { description: words, content }]) => [
    `\`${status}\``,
    answerText(content),
    words ?? '',
  ])
  return [
    `### ${capital(summary).replaceAll('`', '')}`,
    `\`${method.toUpperCase()} ${path}\``,
    ...(description === undefined ? [] : [escaped(description)]),
    ...(takes.length === 0 ? [] : [table(['Parameter', 'In', 'Type', 'What it is'], takes)]),
    ...body,
    table(['Status', 'Body', 'When'], answers),
  ].join('\n\n')
}

function answerText(content: Content = {}): string {
  return Object.entries(content)
    .map(([type, { schema }]) => `\`${type}\`${schema === undefined ? '' : ` ${typeText(schema)}`}`)
    .join(', ')
}
