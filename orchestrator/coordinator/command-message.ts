// What the engine sends as messages on Kafka: commands, and what child sagas answer.
import type { Cipher } from '../../messaging/cipher.ts'
import { encryptFields, encryptValue } from '../../messaging/encrypted-fields.ts'
import type { Message, MessageId } from '../../messaging/message.ts'
import { repliesTopic } from '../../messaging/topics.ts'
import { childCommandNames } from '../definition/child-command.ts'
import type { CommandToSend, ReplyToSend } from '../engine/event.ts'

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
    ...(cause !== null && { causationId: cause }),
  }
}

/** What a child saga answers to its parent's command. */
export type ChildReply = {
  readonly reply: ReplyToSend
  /** It may hold sensitive data: then it is encrypted whole, since no schema describes it. */
  readonly isSecret: boolean
}

/** In the shape of every participant's reply. @throws ENCRYPTION_KEY_MISSING */
export function toReply(cipher: Cipher, { reply, isSecret }: ChildReply): Message {
  const { parent, commandId, direction, attempt, outcome } = reply
  const id = `${commandId}/reply` as MessageId
  const data = isSecret ? encryptValue(cipher, reply.data, id) : reply.data
  return {
    id,
    type: `${childCommandNames[direction]}.${outcome}`,
    source,
    topic: parent.replyTo,
    key: parent.sagaId,
    data,
    sagaId: parent.sagaId,
    step: parent.step,
    visit: parent.visit,
    direction,
    attempt,
    causationId: commandId,
    outcome,
  }
}
