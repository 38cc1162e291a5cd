// A message with all that messages have, for the tests of this folder.
import type { Message, MessageId, SagaId } from '../../messaging/message.ts'

const now = new Date('2026-11-22T10:00:00.000Z')

/** Number `at` of many; each has a saga, and so a key, of its own. */
export function orderMessage(topic: string, at: number): Message {
  const sagaId = `0199a5b0-0000-7000-8000-${String(at).padStart(12, '0')}` as SagaId
  return {
    id: `${sagaId}/takePayment/do/1` as MessageId,
    type: 'payments.take-payment',
    source: 'sagaline',
    topic,
    key: sagaId,
    data: { orderId: sagaId, amount: 100, lines: [{ sku: 'a', quantity: 1 }] },
    time: now,
    sagaId,
    step: 'takePayment',
    visit: 1,
    direction: 'do',
    attempt: 1,
    deadline: now,
    issuedAt: now,
    replyTo: 'sagaline.replies',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  }
}
