// A saga's history as a table: one line for each fact, in columns that fit into 100 characters.
import type { Paint } from './paint.ts'
import type { HistoryEntry, StepCommands } from './saga-api.ts'

type Fact = HistoryEntry['facts'][number]

type Line = {
  readonly ms: string
  readonly step: string
  readonly command: string
  readonly reply: string
  readonly state: string
}

type TimelineOptions = {
  readonly history: readonly HistoryEntry[]
  /** Facts name the step; the definition knows the command. */
  readonly steps: readonly StepCommands[]
  readonly paint: Paint
}

const title: Line = {
  ms: 'ms',
  step: 'step',
  command: 'command',
  reply: 'reply or decision',
  state: 'state',
}

const commandWidth = 26
const replyWidth = 27

export function timelineLines({ history, steps, paint }: TimelineOptions): readonly string[] {
  const startedAt = Date.parse(history[0]?.at ?? '')
  let stateBefore = ''
  const lines = history.flatMap((entry) => {
    const ms = `${Date.parse(entry.at) - startedAt}`
    const state = entry.status === 'running' ? textOf(entry.state) : entry.status
    const changed = state === stateBefore ? '' : state
    stateBefore = state
    return entry.facts.map((fact, i) => ({
      ms,
      step: stepOf(fact),
      command: commandOf(fact, steps),
      reply: replyOf(fact),
      state: i === 0 ? changed : '',
    }))
  })
  const body = lines.map((line) => aligned(line, paint))
  return [
    paint(
      'dim',
      aligned(title, (_, text) => text),
    ),
    ...body,
  ]
}

function aligned(line: Line, paint: Paint): string {
  const columns = [
    line.ms.padStart(6),
    line.step.padEnd(13),
    line.command.padEnd(commandWidth),
    paint(colourOf(line.reply), cut(line.reply, replyWidth).padEnd(replyWidth)),
    line.state,
  ]
  return columns.join('  ').trimEnd()
}

const good = /^(done|undone|completed)$/
const bad = /^(refused|failed|no reply|outcome unknown|stuck)/

function colourOf(reply: string): 'green' | 'yellow' | 'bold' {
  if (good.test(reply)) return 'green'
  return bad.test(reply) ? 'yellow' : 'bold'
}

/** Facts about replies that change nothing name the command only: SAGA/STEP/DIRECTION/VISIT. */
function stepOf({ step, detail }: Fact): string {
  return step ?? stringIn(detail, 'command').split('/')[1] ?? ''
}

function commandOf(fact: Fact, steps: readonly StepCommands[]): string {
  if (fact.type !== 'command.sent') return ''
  const step = steps.find(({ name }) => name === fact.step)
  const name = (fact.direction === 'undo' ? step?.undo : step?.command) ?? '?'
  const attempt = fact.attempt ?? 1
  return attempt === 1 ? name : `${name} #${attempt}`
}

const words: Readonly<Record<string, string>> = {
  'command.sent': '',
  'saga.started': 'started',
  'saga.compensating': 'turns back',
  'saga.completed': 'completed',
  'saga.compensated': 'compensated',
  'saga.stuck': 'stuck',
  'saga.retried': 'tried again by hand',
  'step.succeeded': 'done',
  'step.timed-out': 'no reply in time',
  'step.unknown': 'outcome unknown',
  'undo.succeeded': 'undone',
  'undo.timed-out': 'no reply in time',
}

function replyOf({ type, detail }: Fact): string {
  const known = words[type]
  if (known !== undefined) return known
  const [subject, what] = type.split('.')
  // A late or repeated reply is recorded and changes nothing.
  if (subject === 'reply') return `${what} reply: ${stringIn(detail, 'outcome')}`
  return detail === undefined ? `${what}` : `${what}: ${textOf(detail)}`
}

function stringIn(detail: unknown, key: string): string {
  if (typeof detail !== 'object' || detail === null) return ''
  return textOf((detail as Readonly<Record<string, unknown>>)[key] ?? '')
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 3)}...`
}
