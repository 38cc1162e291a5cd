// Logging: one event name per fact, ids as fields, never prose or payloads. The only home of pino.
import pino from 'pino'

export type LogFields = Readonly<Record<string, unknown>>

/** `log.info('saga.started', { sagaId })`. */
export type Log = {
  debug(event: string, fields?: LogFields): void
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** JSON lines on standard output. Errors under `error` keep their code, cause and stack. */
export function createLog(options: { readonly name: string; readonly level: LogLevel }): Log {
  const logger = pino({
    name: options.name,
    level: options.level,
    serializers: { error: pino.stdSerializers.errWithCause },
  })
  return {
    debug: (event, fields) => logger.debug(fields ?? {}, event),
    info: (event, fields) => logger.info(fields ?? {}, event),
    warn: (event, fields) => logger.warn(fields ?? {}, event),
    error: (event, fields) => logger.error(fields ?? {}, event),
  }
}

/** For tests and for callers that want none. */
export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
}
