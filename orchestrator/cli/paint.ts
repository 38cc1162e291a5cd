// How results look on a terminal: colours where somebody sees them, tables, times, and texts of
// others without what would steer the terminal.
import { styleText } from 'node:util'
import type { Screen } from './command.ts'

export type Colour = 'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'cyan' | 'magenta'

export type Paint = (colour: Colour, text: string) => string

export function paintFor({ isColoured }: Pick<Screen, 'isColoured'>): Paint {
  return (colour, text) =>
    isColoured && text !== '' ? styleText(colour, text, { validateStream: false }) : text
}

// Sequences that move the cursor, and letters that turn the direction of text, begin with these.
const steering = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu

/** On one line, and harmless to a terminal. */
export function plain(text: string): string {
  return text.replace(steering, ' ')
}

/** JSON on one line, a text as it is; nothing for null. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return ''
  return plain(typeof value === 'string' ? value : JSON.stringify(value))
}

export function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, Math.max(0, length - 1))}…`
}

const statusColours: Readonly<Record<string, Colour>> = {
  ...{ completed: 'green', done: 'green', fine: 'green', acts: 'green' },
  ...{ stuck: 'red', terminated: 'red', refused: 'red', broken: 'red', failed: 'red' },
  ...{ compensating: 'yellow', compensated: 'yellow', abandoned: 'yellow', warning: 'yellow' },
  ...{ paused: 'magenta', waiting: 'cyan', scheduled: 'cyan', running: 'cyan' },
}

export function statusColour(status: string): Colour {
  return statusColours[status] ?? 'bold'
}

export type Cell = string | { readonly text: string; readonly colour: Colour }

const textOf = (cell: Cell) => (typeof cell === 'string' ? cell : cell.text)

/** Columns side by side; the last one is cut where the terminal ends. */
export function tableText(
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  screen: Pick<Screen, 'isColoured' | 'columns'>,
): string {
  const paint = paintFor(screen)
  const title = head.map((text) => ({ text, colour: 'dim' }) as const)
  const all: readonly (readonly Cell[])[] = head.length === 0 ? rows : [title, ...rows]
  const count = Math.max(0, ...all.map((row) => row.length))
  const widths = Array.from({ length: count }, (_, at) =>
    Math.max(...all.map((row) => textOf(row[at] ?? '').length)),
  )
  const before = widths.slice(0, -1).reduce((sum, width) => sum + width + 2, 0)
  const left = Math.max(10, screen.columns - before)
  return all
    .map((row) => row.map((cell, at) => cellText(cell, { at, count, widths, left, paint })))
    .map((cells) => cells.join('  ').trimEnd())
    .join('\n')
}

type Place = {
  readonly at: number
  readonly count: number
  readonly widths: readonly number[]
  readonly left: number
  readonly paint: Paint
}

function cellText(cell: Cell, { at, count, widths, left, paint }: Place): string {
  const isLast = at === count - 1
  const text = isLast ? cut(textOf(cell), left) : textOf(cell).padEnd(widths[at] ?? 0)
  return typeof cell === 'string' ? text : paint(cell.colour, text)
}
