// Schemas as words and tables of Markdown.

export type Schema = {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly items?: Schema
  readonly format?: string
  readonly description?: string
  readonly default?: unknown
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
}

export function schemaText(schema: Schema): string {
  const { properties, required = [] } = schema
  if (properties === undefined) return typeText(schema)
  const rows = Object.entries(properties).map(([name, field]) => [
    `\`${name}\``,
    `${typeText(field)}${required.includes(name) ? ', required' : ''}`,
    field.description ?? '',
  ])
  return table(['Field', 'Type', 'What it is'], rows)
}

export function typeText(schema: Schema): string {
  const { $ref, type, const: value, enum: values, anyOf, items, format } = schema
  if ($ref !== undefined) {
    const name = $ref.split('/').at(-1) ?? ''
    return `[${name}](#${name.toLowerCase()})`
  }
  if (value !== undefined) return `\`${JSON.stringify(value)}\``
  if (values !== undefined) return values.map((each) => `\`${JSON.stringify(each)}\``).join(' or ')
  if (anyOf !== undefined) return [...new Set(anyOf.map(typeText))].join(' or ')
  if (type === 'array') return `list of ${typeText(items ?? {})}`
  const name = type === undefined ? 'anything' : [type].flat().join(' or ')
  return format === undefined ? name : `${name} (${format})`
}

/** Columns in which nothing stands are left out. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const used = head.map((_, column) => rows.some((row) => row[column] !== ''))
  const line = (cells: readonly string[]) => {
    const shown = cells.filter((_, column) => used[column] === true)
    return `| ${shown.map(cell).join(' | ')} |`
  }
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

function cell(text: string): string {
  return escaped(text.replace(/\s+/g, ' ')).replaceAll('|', '\\|')
}

/** Outside of code, `<` would open a tag. */
export function escaped(text: string): string {
  return text.replace(/`[^`]*`|</g, (found) => (found === '<' ? '&lt;' : found))
}

export function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`
}
