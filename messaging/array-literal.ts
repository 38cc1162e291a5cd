// Lists as the text that Postgres reads an array from. pg quotes every element and searches it
// twice; ids, names and numbers need neither. Used by db.ts.

/** What means itself without quotes. `null` in any case would mean nothing. */
const plain = /^(?!null$)[\w.:+-]+$/i
const toEscape = /["\\]/g

/** Null when an element is neither text, number, truth value, bytes nor null: left to pg. */
export function arrayLiteral(values: readonly unknown[]): string | null {
  let text = '{'
  for (let index = 0; index < values.length; index += 1) {
    const element = elementOf(values[index])
    if (element === null) return null
    text += index === 0 ? element : `,${element}`
  }
  return `${text}}`
}

function elementOf(value: unknown): string | null {
  switch (typeof value) {
    case 'string':
      return plain.test(value) ? value : `"${value.replace(toEscape, '\\$&')}"`
    case 'number':
    case 'boolean':
      return String(value)
    default:
      if (value === null || value === undefined) return 'NULL'
      return Buffer.isBuffer(value) ? `\\\\x${value.toString('hex')}` : null
  }
}
