// The spans of a participant: one for each command from when it is taken until its answer is in Kafka,
// with the transaction and the publication in it. What it sends goes on in that trace. Called by the
// running participant; without tracing it hands back what it was given.
import type { Span, Tracing } from '../messaging/tracing.ts'
import type { Received } from './received.ts'

export function traceCommands(
  tracing: Tracing | null,
  commands: readonly Received[],
): readonly Received[] {
  return tracing === null ? commands : commands.map((received) => begun(tracing, received))
}

function begun(tracing: Tracing, received: Received): Received {
  const { command, direction, handler } = received
  const span = tracing.begin({
    name: `handle ${handler.contract.name}`,
    kind: 'consumer',
    parent: command.traceparent,
    attributes: {
      'messaging.system': 'kafka',
      'messaging.destination.name': received.record.topic,
      'sagaline.saga.id': command.sagaId,
      'sagaline.step': command.step,
      'sagaline.visit': command.visit,
      'sagaline.direction': direction,
      'sagaline.attempt': command.attempt,
    },
  })
  const traceparent = span.traceparent ?? command.traceparent
  return { ...received, span, command: { ...command, traceparent } }
}

/** A part of what these commands went through together, in the trace of each. Answers how to end it. */
export function beginPart(
  tracing: Tracing | null,
  name: 'transaction' | 'publish',
  commands: readonly Received[],
): (error?: unknown) => void {
  if (tracing === null) return () => undefined
  const spans = commands.map(({ command }): Span => {
    const kind = name === 'publish' ? 'producer' : 'internal'
    const attributes = {
      'sagaline.saga.id': command.sagaId,
      'sagaline.batch.items': commands.length,
    }
    return tracing.begin({ name, kind, parent: command.traceparent, attributes })
  })
  return (error) => {
    for (const span of spans) span.end(error)
  }
}
