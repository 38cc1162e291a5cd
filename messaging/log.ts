// Logging: one event name per fact, ids as fields, never prose or payloads. The only home of pino.
import pino from 'pino'
import { secretHider } from './hide-secrets.ts'
import { readTraceparent, type Tracing } from './tracing.ts'

export type LogFields = Readonly<Record<string, unknown>>

/** `log.info('saga.started', { sagaId })`. */
export type Log = {
  debug(event: string, fields?: LogFields): void
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

export type LogOptions = {
  readonly name: string
  readonly level: LogLevel
  /** Never shown, wherever they turn up; what looks like a secret is not shown either. */
  readonly secrets?: readonly string[]
  /** What is logged while a span runs has its `traceId` and `spanId`. */
  readonly tracing?: Pick<Tracing, 'current'> | null
  /** Is given each line as well, without its secrets. It must not throw. */
  readonly copyTo?: ((line: string) => void) | undefined
  /** Takes the lines instead of standard output. */
  readonly write?: (line: string) => void
}

/** JSON lines on standard output. Errors under `error` keep their code, cause and stack. */
export function createLog(options: LogOptions): Log {
  const { name, level, secrets = [], tracing, copyTo, write } = options
  const hide = secretHider(secrets)
  const settings: pino.LoggerOptions = {
    name,
    level,
    serializers: { error: pino.stdSerializers.errWithCause },
    hooks: { streamWrite: copyTo === undefined ? hide : (line) => copied(hide(line), copyTo) },
    ...(tracing && { mixin: () => traceFields(tracing.current()) }),
  }
  const logger = write === undefined ? pino(settings) : pino(settings, { write })
  return {
    debug: (event, fields) => logger.debug(fields ?? {}, event),
    info: (event, fields) => logger.info(fields ?? {}, event),
    warn: (event, fields) => logger.warn(fields ?? {}, event),
    error: (event, fields) => logger.error(fields ?? {}, event),
  }
}

function copied(line: string, copyTo: (line: string) => void): string {
  copyTo(line)
  return line
}

/** To find the trace of a line, where what it is of has one. */
export function traceFields(traceparent: string | null | undefined): LogFields {
  const parts = readTraceparent(traceparent)
  return parts === null ? {} : { traceId: parts.traceId, spanId: parts.spanId }
}

/** For tests and for callers that want none. */
export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
}
