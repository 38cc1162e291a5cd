// Ids of commands are derived, so that a resend is the same message and a repeat is recognised.
import type { CommandKey, MessageId } from '../../messaging/message.ts'

export function commandId({ sagaId, step, direction, visit }: CommandKey): MessageId {
  return `${sagaId}/${step}/${direction}/${visit}` as MessageId
}
