// The spans of commands and replies on their way to Kafka. Each command begins a trace of its own,
// which the participant and the reply go on with: so a trace is as long as a step. Links lead to the
// start of the saga and to what came before the step.
import type { Message } from '../../messaging/message.ts'
import type { Span, Tracing } from '../../messaging/tracing.ts'
import type { SagaTrace } from '../engine/saga.ts'

export type Sending = {
  /** The same messages, with the trace that each of them goes on with. */
  readonly messages: readonly Message[]
  end(error?: unknown): void
}

/** `traces`: of the sagas that send them, in the same order. */
export function beginSends(
  tracing: Tracing | null,
  messages: readonly Message[],
  traces: readonly (SagaTrace | null)[],
): Sending {
  if (tracing === null) return { messages, end: () => undefined }
  const spans: Span[] = []
  const traced = messages.map((message, index) => {
    const span = beginSend(tracing, message, traces[index] ?? null)
    spans.push(span)
    const { traceparent } = span
    return traceparent === null ? message : { ...message, traceparent }
  })
  return {
    messages: traced,
    end: (error) => {
      for (const span of spans) span.end(error)
    },
  }
}

function beginSend(tracing: Tracing, message: Message, trace: SagaTrace | null): Span {
  return tracing.begin({
    name: `send ${message.type}`,
    kind: 'producer',
    links: trace === null ? [] : [trace.start, trace.last],
    attributes: sagaAttributes(message),
  })
}

/** What every span of a step says of itself. */
export function sagaAttributes(
  of: Pick<Message, 'sagaId' | 'step' | 'visit' | 'direction' | 'attempt' | 'topic'>,
): Readonly<Record<string, string | number>> {
  const { sagaId = '', step = '', visit = 1, direction = 'do', attempt = 1, topic } = of
  return {
    'messaging.system': 'kafka',
    'messaging.destination.name': topic,
    'sagaline.saga.id': sagaId,
    'sagaline.step': step,
    'sagaline.visit': visit,
    'sagaline.direction': direction,
    'sagaline.attempt': attempt,
  }
}
