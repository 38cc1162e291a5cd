// What a form for a JSON Schema is made of: its fields in a plain list, and the values that a person
// wrote in them as JSON. What no field can hold is written as JSON itself. Pure.

export type FormField = {
  /** Names from the outside in. */
  readonly path: readonly string[]
  readonly label: string
  readonly kind: 'text' | 'number' | 'check' | 'choice' | 'json'
  readonly isRequired: boolean
  /** Marked as sensitive: not to be read from the screen, nor kept by the browser. */
  readonly isSensitive: boolean
  readonly hint: string | null
  readonly choices: readonly string[]
}

export type Values = Readonly<Record<string, string>>

type Schema = Readonly<Record<string, unknown>>

export const keyOf = (path: readonly string[]): string => path.join('.')

/** As deep as a person can follow. */
const depthMax = 3

export function fieldsOf(
  schema: unknown,
  path: readonly string[] = [],
  isRequired = true,
): readonly FormField[] {
  const { type, properties, required = [] } = (schema ?? {}) as Schema
  if (type === 'object' && properties !== undefined && path.length < depthMax) {
    return Object.entries(properties as Schema).flatMap(([name, inner]) =>
      fieldsOf(inner, [...path, name], isRequired && (required as string[]).includes(name)),
    )
  }
  return [fieldOf(schema as Schema, path, isRequired)]
}

function fieldOf(schema: Schema, path: readonly string[], isRequired: boolean): FormField {
  const { type, description, enum: values } = schema
  const choices = Array.isArray(values) ? values.map((one) => String(one)) : []
  const isOfTexts = Array.isArray(values) && values.every((one) => typeof one === 'string')
  return {
    path,
    label: path.length === 0 ? 'Input' : path.join(' › '),
    kind: isOfTexts ? 'choice' : (kinds[String(type)] ?? 'json'),
    isRequired,
    isSensitive: schema['x-sensitive'] === true,
    hint: typeof description === 'string' ? description : limitsText(schema),
    choices,
  }
}

const kinds: Readonly<Record<string, FormField['kind']>> = {
  string: 'text',
  integer: 'number',
  number: 'number',
  boolean: 'check',
}

function limitsText({ minimum, maximum, minLength, maxLength }: Schema): string | null {
  const range = (from: unknown, to: unknown, unit: string) => {
    if (from === undefined && to === undefined) return null
    if (to === undefined) return `at least ${from}${unit}`
    return from === undefined ? `at most ${to}${unit}` : `${from} to ${to}${unit}`
  }
  return range(minimum, maximum, '') ?? range(minLength, maxLength, ' characters')
}

/** Null values: what was written is no JSON, or a number that is none; by the field's key. */
export function inputOf(
  fields: readonly FormField[],
  values: Values,
): { readonly input: unknown; readonly wrong: ReadonlyMap<string, string> } {
  const wrong = new Map<string, string>()
  let input: unknown = fields.some(({ path }) => path.length > 0) ? {} : null
  for (const field of fields) {
    const key = keyOf(field.path)
    const read = readField(field, values[key] ?? '')
    if ('problem' in read) wrong.set(key, read.problem)
    else if (read.value !== undefined) input = withValue(input, field.path, read.value)
  }
  return { input, wrong }
}

type Read = { readonly value: unknown } | { readonly problem: string }

function readField({ kind, isRequired }: FormField, text: string): Read {
  if (kind === 'check') return { value: text === 'true' || (isRequired ? false : undefined) }
  if (text.trim() === '') return isRequired ? { problem: 'It is needed.' } : { value: undefined }
  if (kind === 'number') {
    return Number.isFinite(Number(text)) ? { value: Number(text) } : { problem: 'It is no number.' }
  }
  if (kind !== 'json') return { value: text }
  try {
    return { value: JSON.parse(text) }
  } catch {
    return { problem: 'It is no JSON.' }
  }
}

function withValue(input: unknown, [name, ...rest]: readonly string[], value: unknown): unknown {
  if (name === undefined) return value
  const outer = (input ?? {}) as Schema
  return { ...outer, [name]: withValue(outer[name], rest, value) }
}
