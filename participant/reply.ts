// Turns outcomes into what is stored and published: the answer, the reply message, the domain
// events. Everything is derived from the command, so a repeat publishes the same ids.
import type { Message, MessageId } from '../messaging/message.ts'
import type { Answer, StoredEvent } from './fence.ts'
import type { DomainEvent, Outcome } from './outcome.ts'
import type { Received } from './received.ts'

type Writing = { readonly service: string; readonly now: Date }

/** The answer to a command that was handled just now. */
export function answerOf(received: Received, outcome: Outcome, writing: Writing): Answer {
  const data = outcome.type === 'succeeded' ? outcome.data : outcome.reason
  return {
    outcome: outcome.type,
    data: data ?? null,
    events: outcome.events.map((event, index) => toStored(received, event, { ...writing, index })),
  }
}

function toStored(
  { command }: Received,
  { contract, key, data }: DomainEvent,
  { now, index }: Writing & { readonly index: number },
): StoredEvent {
  return {
    id: `${command.id}/event/${index + 1}` as MessageId,
    type: contract.name,
    topic: contract.topic,
    key: key ?? command.sagaId,
    data,
    time: now.toISOString(),
  }
}

/** The reply, with the events before it: whoever hears of the end can have heard of the facts. */
export function messagesOf(
  received: Received,
  answer: Answer,
  writing: Writing,
): readonly Message[] {
  const events = answer.events.map((event) => eventMessage(received, event, writing.service))
  return [...events, replyMessage(received, answer, writing)]
}

function eventMessage({ command }: Received, event: StoredEvent, service: string): Message {
  return {
    ...event,
    source: service,
    time: new Date(event.time),
    sagaId: command.sagaId,
    causationId: command.id,
    ...(command.traceparent !== null && { traceparent: command.traceparent }),
  }
}

function replyMessage(received: Received, answer: Answer, { service, now }: Writing): Message {
  const { command, direction, handler, replyTo } = received
  return {
    id: `${command.id}/reply` as MessageId,
    type: `${handler.contract.name}.${answer.outcome}`,
    source: service,
    topic: replyTo,
    key: command.sagaId,
    data: answer.data,
    time: now,
    sagaId: command.sagaId,
    step: command.step,
    visit: command.visit,
    direction,
    attempt: command.attempt,
    causationId: command.id,
    outcome: answer.outcome,
    ...(command.traceparent !== null && { traceparent: command.traceparent }),
  }
}
