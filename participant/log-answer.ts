// What a log of level `debug` says of every command that was answered, as lines of its saga.
import { type Log, traceFields } from '../messaging/log.ts'
import type { ReplyOutcome } from '../messaging/message.ts'
import type { Received } from './received.ts'

/** `participant.do.succeeded`, `participant.undo.refused` and the like. Hot: no more than a call. */
export function logAnswer(log: Log, { command, direction }: Received, outcome: ReplyOutcome): void {
  const { sagaId, step, traceparent } = command
  const trace = traceparent === undefined ? undefined : traceFields(traceparent)
  log.debug(`participant.${direction}.${outcome}`, { sagaId, step, ...trace })
}
