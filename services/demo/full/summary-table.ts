// The table at the end of the full demo: a row for each part, in 100 columns.
import type { Paint } from '../paint.ts'
import type { Shown } from './part.ts'

export type Row = Shown & { readonly name: string; readonly tookMs: number }

const nameWidth = 24
const verdictWidth = 8
const secondsWidth = 5
const saysWidth = 56

const colours = { right: 'green', WRONG: 'red', 'left out': 'yellow' } as const

export function summaryTable(rows: readonly Row[], paint: Paint): readonly string[] {
  const title = cells('part', 'verdict', 's', 'what was shown')
  return [paint('dim', title), ...rows.flatMap((row) => rowLines(row, paint))]
}

export function verdictColour({ verdict }: Shown): 'green' | 'red' | 'yellow' {
  return colours[verdict]
}

function rowLines(row: Row, paint: Paint): readonly string[] {
  const [first = '', ...more] = wrapped(row.says, saysWidth)
  const verdict = paint(verdictColour(row), row.verdict.padEnd(verdictWidth))
  const seconds = (row.tookMs / 1_000).toFixed(1)
  return [cells(row.name, verdict, seconds, first), ...more.map((line) => cells('', '', '', line))]
}

function cells(name: string, verdict: string, seconds: string, says: string): string {
  const left = `${name.padEnd(nameWidth)}  ${verdict.padEnd(verdictWidth)}`
  return `${left}  ${seconds.padStart(secondsWidth)}  ${says}`.trimEnd()
}

/** Words longer than the width stay whole. */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = []
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width) {
      lines[lines.length - 1] = `${last} ${word}`
    } else {
      lines.push(word)
    }
  }
  return lines
}
