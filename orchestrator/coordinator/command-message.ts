// Commands of the engine as messages on Kafka.
import type { Cipher } from '../../messaging/cipher.ts'
import { encryptFields } from '../../messaging/encrypted-fields.ts'
import type { Message, MessageId, SagaId } from '../../messaging/message.ts'
import { repliesTopic } from '../../messaging/topics.ts'
import type { CommandToSend } from '../engine/event.ts'

const source = 'sagaline'

/** `cause` is the reply that made the saga send it, where there is one. */
export function toMessage(
  cipher: Cipher,
  command: CommandToSend,
  cause: MessageId | null,
): Message {
  const { id, contract, sagaId, step, visit, direction, attempt } = command
  return {
    id,
    type: contract.name,
    source,
    topic: contract.topic,
    key: sagaId,
    data: encryptFields(cipher, contract.payload, { data: command.payload, boundTo: id }),
    sagaId,
    step,
    visit,
    direction,
    attempt,
    deadline: new Date(command.deadline),
    issuedAt: new Date(command.issuedAt),
    replyTo: repliesTopic,
    traceparent: traceparent(sagaId, id, attempt),
    ...(cause !== null && { causationId: cause }),
  }
}

/** All messages of a saga are one trace: its id has the 128 bits of a trace id. */
function traceparent(sagaId: SagaId, id: string, attempt: number): string {
  const span = hash32(`${id}#${attempt}`, 0x811c9dc5) + hash32(id, 0x9747b28c + attempt)
  return `00-${sagaId.replaceAll('-', '')}-${span}-01`
}

/** FNV-1a, as eight hexadecimal digits; never all zero, which a span id must not be. */
function hash32(text: string, seed: number): string {
  let hash = seed
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  }
  return ((hash | 1) >>> 0).toString(16).padStart(8, '0')
}
