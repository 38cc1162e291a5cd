// A line of a log as it is on the topic of logs: the fields that every service sends, in whatever
// language it is written; docs/logs.md tells the others. Nothing else of a line goes there. Pure.

export const logLevels = ['debug', 'info', 'warn', 'error'] as const

export type LogLineLevel = (typeof logLevels)[number]

export type LogLine = {
  /** ISO 8601, of the clock of whoever wrote it. */
  readonly time: string
  readonly level: LogLineLevel
  readonly service: string
  /** The saga that it is about; lines without one are about the service. */
  readonly sagaId?: string
  readonly step?: string
  /** 32 hexadecimal digits, as in `traceparent`. */
  readonly traceId?: string
  /** What happened, best as the name of an event. Never a payload. */
  readonly message: string
  readonly error?: LogError
}

export type LogError = { readonly code?: string; readonly message: string }

/** Characters that are kept of a field. */
const charsMax = { service: 100, step: 200, message: 2_000, code: 100, error: 2_000 }

const uuidForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const traceIdForm = /^[0-9a-f]{32}$/
const timeForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/

/** The numbers of pino. */
const pinoLevels: Readonly<Record<number, LogLineLevel>> = {
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
}

/** Of a line of pino, as `createLog` writes it; null for anything else. */
export function logLineOf(pinoLine: string): LogLine | null {
  const fields = parseObject(pinoLine)
  if (fields === null) return null
  const { time, level, name, msg, sagaId, step, traceId, error } = fields
  return cleanLine({
    time: typeof time === 'number' ? new Date(time).toISOString() : null,
    level: pinoLevels[Number(level)],
    service: name,
    message: msg,
    ...{ sagaId, step, traceId, error },
  })
}

/** Of a record of the topic; null for what is no such line. */
export function readLogLine(value: Buffer): LogLine | null {
  const fields = parseObject(value.toString())
  return fields === null ? null : cleanLine(fields)
}

type Fields = Readonly<Record<string, unknown>>

function parseObject(text: string): Fields | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Fields) : null
  } catch {
    return null
  }
}

/** Without what is not one of the fields; null where one that must be there is not. */
function cleanLine({ time, level, service, message, ...rest }: Fields): LogLine | null {
  if (typeof time !== 'string' || !timeForm.test(time)) return null
  const at = Date.parse(time)
  const known = logLevels.find((one) => one === level)
  const [from, what] = [textOf(service, charsMax.service), textOf(message, charsMax.message)]
  if (Number.isNaN(at) || known === undefined || from === null || what === null) return null
  const { sagaId, step, traceId, error } = rest
  const [place, problem] = [textOf(step, charsMax.step), errorOf(error)]
  return {
    ...{ time: new Date(at).toISOString(), level: known, service: from, message: what },
    ...(typeof sagaId === 'string' && uuidForm.test(sagaId) && { sagaId }),
    ...(place !== null && { step: place }),
    ...(typeof traceId === 'string' && traceIdForm.test(traceId) && { traceId }),
    ...(problem !== null && { error: problem }),
  }
}

/** Without what no text column takes; null where there is none. */
function textOf(value: unknown, charsMost: number): string | null {
  if (typeof value !== 'string' || value === '') return null
  return value.replaceAll('\0', ' ').toWellFormed().slice(0, charsMost).toWellFormed()
}

function errorOf(error: unknown): LogError | null {
  const plain = textOf(error, charsMax.error)
  if (plain !== null) return { message: plain }
  if (typeof error !== 'object' || error === null) return null
  const { code, message } = error as Fields
  const [known, words] = [textOf(code, charsMax.code), textOf(message, charsMax.error)]
  if (known === null && words === null) return null
  return { ...(known !== null && { code: known }), message: words ?? '' }
}
