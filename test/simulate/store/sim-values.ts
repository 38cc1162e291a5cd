// Between parameters, rows in memory and rows as `pg` reads them: lists cut at the unit separator,
// JSON, times, and columns of `unnest`.

const separator = String.fromCharCode(31)

/** `string_to_array($1, chr(31))`. */
export function cut(list: string): readonly string[] {
  return list === '' ? [] : list.split(separator)
}

/** A fresh value each time, as `pg` gives it. */
export function json(text: string | null): unknown {
  return text === null ? null : JSON.parse(text)
}

export function date(ms: number): Date {
  return new Date(ms)
}

/** `unnest` of columns: the rows, numbered; it is the longest column that counts. */
export function unnest<T>(columns: readonly (readonly unknown[])[], toRow: (at: number) => T): T[] {
  const length = Math.max(0, ...columns.map((column) => column.length))
  return Array.from({ length }, (_, at) => toRow(at))
}

/** As Postgres sorts ids and other texts of plain ASCII in the C collation. */
export function compare(one: string | number, other: string | number): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}

export function by<T>(keyOf: (value: T) => string | number): (one: T, other: T) => number {
  return (one, other) => compare(keyOf(one), keyOf(other))
}
