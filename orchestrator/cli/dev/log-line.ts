// The orchestrator's log for a person: one line of JSON becomes a time, an event and its fields.
import type { Screen } from '../command.ts'
import { type Colour, paintFor, plain } from '../paint.ts'

const levels: readonly (readonly [level: number, name: string, colour: Colour])[] = [
  [50, 'error', 'red'],
  [40, 'warn', 'yellow'],
  [30, 'info', 'cyan'],
  [0, 'debug', 'dim'],
]

type Logged = Readonly<Record<string, unknown>> & {
  readonly level: number | string
  readonly time: number | string
  readonly msg: string
}

/** A line that is no JSON is left as it is. */
export function logLine(line: string, screen: Screen): string {
  const logged = parsed(line)
  if (logged === null) return plain(line)
  const { level, time, msg, name: _, pid: _pid, hostname: _hostname, ...fields } = logged
  const paint = paintFor(screen)
  const isLevel = ([number, name]: (typeof levels)[number]) =>
    typeof level === 'number' ? level >= number : level === name
  const [, word, colour] = levels.find(isLevel) ?? [0, String(level), 'dim' as const]
  const at = new Date(time).toISOString().slice(11, 23)
  const rest = Object.keys(fields).length === 0 ? '' : plain(JSON.stringify(fields))
  return `${paint('dim', at)} ${paint(colour, word.padEnd(5))} ${plain(msg)} ${paint('dim', rest)}`.trimEnd()
}

function parsed(line: string): Logged | null {
  try {
    const found = JSON.parse(line) as Partial<Logged> | null
    const isLogged = found?.msg !== undefined && !Number.isNaN(new Date(found.time ?? '').getTime())
    return isLogged ? (found as Logged) : null
  } catch {
    return null
  }
}
