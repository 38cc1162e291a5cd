// Turns outcomes into what is stored and published: the answer, the reply message, the domain
// events. Everything is derived from the command, so a repeat publishes the same ids.
import type { Cipher } from '../messaging/cipher.ts'
import { encryptFields } from '../messaging/encrypted-fields.ts'
import type { Message, MessageId } from '../messaging/message.ts'
import type { Answer, StoredEvent } from './fence.ts'
import type { DomainEvent, Outcome } from './outcome.ts'
import type { Received } from './received.ts'
import { encryptAnswer } from './secrecy.ts'

type Writing = { readonly service: string; readonly now: Date }

type Answering = { readonly cipher: Cipher; readonly now: Date }

/** The answer to a command that was handled just now, its sensitive fields encrypted. */
export function answerOf(received: Received, outcome: Outcome, answering: Answering): Answer {
  const data = outcome.type === 'succeeded' ? outcome.data : outcome.reason
  const answer = plainAnswer(outcome.type, data)
  return {
    ...encrypted(received, answer, answering.cipher),
    events: outcome.events.map((event, index) =>
      toStored(received, event, { ...answering, index }),
    ),
  }
}

/** An answer without events, and not yet fit to be stored or sent. */
export function plainAnswer(outcome: Answer['outcome'], data: unknown): Answer {
  return { outcome, data: data ?? null, events: [] }
}

/** The answer with its sensitive fields encrypted. Bound to the id of the reply. */
export function encrypted({ command, handler }: Received, answer: Answer, cipher: Cipher): Answer {
  const { outcome, data } = answer
  const boundTo = replyId(command.id)
  return { ...answer, data: encryptAnswer(cipher, handler.contract, { outcome, data, boundTo }) }
}

const replyId = (commandId: MessageId): MessageId => `${commandId}/reply` as MessageId

function toStored(
  { command }: Received,
  { contract, key, data }: DomainEvent,
  { cipher, now, index }: Answering & { readonly index: number },
): StoredEvent {
  const id = `${command.id}/event/${index + 1}` as MessageId
  return {
    id,
    type: contract.name,
    topic: contract.topic,
    key: key ?? command.sagaId,
    data: encryptFields(cipher, contract.data, { data, boundTo: id }),
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
    id: replyId(command.id),
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
