// Tables for people: columns padded, numbers to the right.

/** The first column to the left, all others to the right; the first row is the head. */
export function textTable(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<number[]>((found, row) => {
    row.forEach((cell, at) => {
      found[at] = Math.max(found[at] ?? 0, cell.length)
    })
    return found
  }, [])
  return rows
    .map((row) =>
      row
        .map((cell, at) =>
          at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** With as many digits as say something. */
export function figure(value: number | null): string {
  if (value === null || Number.isNaN(value)) return '-'
  if (value === 0) return '0'
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : value >= 0.1 ? 2 : 3
  return value.toLocaleString('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  })
}

export function byKind(values: Readonly<Record<string, number>>): string {
  return Object.entries(values)
    .map(([kind, value]) => `${kind} ${figure(value)}`)
    .join(', ')
}
