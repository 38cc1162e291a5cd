// Keeps the lines of a batch of records that are about a saga that is here. What is sensitive never
// gets there: services must not log payloads, but the words of an error may quote one.
import { createHash } from 'node:crypto'
import type { IncomingRecord } from '../../messaging/bus.ts'
import type { Db } from '../../messaging/db.ts'
import { masked } from '../../messaging/encrypted-fields.ts'
import { inHalves } from '../../messaging/in-halves.ts'
import type { Log } from '../../messaging/log.ts'
import { type LogError, type LogLine, readLogLine } from '../../messaging/log-line.ts'
import type { SagaId } from '../../messaging/message.ts'
import type { Registry } from '../definition/registry.ts'
import type { SagaDefinition } from '../definition/saga-definition.ts'
import { isSensitiveDefinition } from '../definition/sensitive-definition.ts'
import { findLoggedSagas, insertSagaLogs, type NewLogLine } from '../store/saga-logs.ts'

export type KeepDependencies = {
  readonly db: Db
  readonly registry: Registry
  readonly log: Log
}

/** What became of lines. The rest is about no saga. */
export type Kept = { readonly kept: number; readonly malformed: number }

/** Rejects only with what passes: Postgres in trouble. */
export async function keepLines(
  given: KeepDependencies,
  records: readonly IncomingRecord[],
): Promise<Kept> {
  const read = records.map(({ value }) => (value === null ? null : lineOf(value)))
  const lines = read.flatMap((line) => (line === null || line === 'of no saga' ? [] : [line]))
  let kept = 0
  // What Postgres refuses must not keep the rest.
  await inHalves(lines, {
    work: async (some) => {
      kept += await keepOnce(given, some)
    },
    // Without the saga: it would come here again.
    onRefused: (_line, error) => given.log.error('logs.line.refused', { error }),
  })
  return { kept, malformed: read.filter((line) => line === null).length }
}

function keepOnce(
  { db, registry }: KeepDependencies,
  lines: readonly NewLogLine[],
): Promise<number> {
  return db.transaction(
    async (tx) => {
      const ids = [...new Set(lines.map(({ sagaId }) => sagaId))]
      const sagas = new Map((await findLoggedSagas(tx, ids)).map((saga) => [saga.id, saga]))
      const known = lines.flatMap((line) => {
        const saga = sagas.get(line.sagaId)
        if (saga === undefined) return []
        return [shown(line, registry.version(saga.name, saga.version))]
      })
      return known.length === 0 ? 0 : insertSagaLogs(tx, known)
    },
    { isByKey: true },
  )
}

function lineOf(value: Buffer): NewLogLine | 'of no saga' | null {
  const line = readLogLine(value)
  if (line === null) return null
  return line.sagaId === undefined ? 'of no saga' : toRow(line, line.sagaId as SagaId, value)
}

function toRow(line: LogLine, sagaId: SagaId, value: Buffer): NewLogLine {
  const { time, level, service, step = null, traceId = null, message, error = null } = line
  const digest = createHash('sha256').update(value).digest().readBigInt64BE()
  return { sagaId, at: new Date(time), digest, level, service, step, traceId, message, error }
}

/** The name of an event is a constant in some code; anything else may be somebody's data. */
const eventName = /^[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)+$/
const codeName = /^[A-Z][A-Z0-9_]*$/

/** Of a definition that is not here nobody knows what is harmless. */
function shown(line: NewLogLine, definition: SagaDefinition | null): NewLogLine {
  if (definition !== null && !isSensitiveDefinition(definition)) return line
  const { message, error, step } = line
  const isStep = step !== null && definition?.steps.has(step) === true
  return {
    ...line,
    step: isStep ? step : null,
    message: eventName.test(message) ? message : masked,
    error: error && maskError(error),
  }
}

function maskError({ code }: LogError): LogError {
  const isShown = code !== undefined && codeName.test(code)
  return { ...(isShown && { code }), message: masked }
}
