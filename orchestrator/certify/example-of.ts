// Makes an example of a JSON Schema: the smallest thing that should fit. Whoever calls it checks the
// result, since a schema can ask for what no such walk finds.
import type { CommandContract } from '../../messaging/contract.ts'

type Schema = Readonly<Record<string, unknown>>

/** Nesting beyond this is taken for a schema without end. */
const depthMax = 20

/** Undefined where it finds none. */
export function exampleOf(schema: CommandContract['payload']): unknown {
  return example(schema as unknown as Schema, 0)
}

function example(schema: Schema, depth: number): unknown {
  if (depth > depthMax) return undefined
  for (const given of ['const', 'default']) if (given in schema) return schema[given]
  for (const given of ['examples', 'enum']) {
    const [first] = (schema[given] ?? []) as readonly unknown[]
    if (first !== undefined) return first
  }
  const [choice] = (schema['anyOf'] ?? schema['oneOf'] ?? []) as readonly Schema[]
  if (choice !== undefined) return example(choice, depth + 1)
  const type = Array.isArray(schema['type']) ? schema['type'][0] : schema['type']
  switch (type) {
    case 'object':
      return objectOf(schema, depth)
    case 'array':
      return Array.from({ length: Number(schema['minItems'] ?? 0) }, () =>
        example((schema['items'] ?? {}) as Schema, depth + 1),
      )
    case 'string':
      return textOf(schema)
    case 'integer':
    case 'number':
      return numberOf(schema)
    case 'boolean':
      return true
    default:
      return null
  }
}

function objectOf(schema: Schema, depth: number): unknown {
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, Schema>>
  const names = (schema['required'] ?? []) as readonly string[]
  return Object.fromEntries(
    names.map((name) => [name, example(properties[name] ?? {}, depth + 1)] as const),
  )
}

const formats: Readonly<Record<string, string>> = {
  uuid: '018f4e7a-0000-7000-8000-000000000001',
  email: 'somebody@example.com',
  'date-time': '2026-01-01T00:00:00.000Z',
  date: '2026-01-01',
  uri: 'https://example.com/',
}

function textOf(schema: Schema): string {
  const format = formats[String(schema['format'])]
  return format ?? 'certify'.padEnd(Number(schema['minLength'] ?? 0), '-').slice(0, maxOf(schema))
}

function maxOf(schema: Schema): number | undefined {
  return schema['maxLength'] === undefined ? undefined : Number(schema['maxLength'])
}

function numberOf(schema: Schema): number {
  const above = schema['exclusiveMinimum']
  const least = above === undefined ? schema['minimum'] : Number(above) + 1
  const most = Number(schema['maximum'] ?? Number.POSITIVE_INFINITY)
  const step = Number(schema['multipleOf'] ?? 1)
  const from = Number(least ?? Math.min(step, most))
  return Math.ceil(from / step) * step
}

/** Values that differ from this one in one place, likely ones first; for another payload that fits. */
export function variantsOf(value: unknown): readonly unknown[] {
  if (typeof value === 'number') return [value + 1, value - 1, value * 2]
  if (typeof value === 'string') return [`${value}-2`, `${value.slice(0, -1)}2`]
  if (typeof value === 'boolean') return [!value]
  if (typeof value !== 'object' || value === null) return []
  const isList = Array.isArray(value)
  return Object.entries(value).flatMap(([name, inner]) =>
    variantsOf(inner).map((changed) =>
      isList ? value.with(Number(name), changed) : { ...value, [name]: changed },
    ),
  )
}

/** The same value with the keys of every object in the other order. */
export function reordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reordered)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([name, inner]) => [name, reordered(inner)] as const)
  return Object.fromEntries(entries.toReversed())
}
