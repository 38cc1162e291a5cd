// The examples of docs/protocol.md: records as the orchestrator and the participant kit encode them,
// written out with their bytes.
import { createHash } from 'node:crypto'
import { noKeys } from '../../messaging/cipher.ts'
import { type EncodedMessage, encodeMessage } from '../../messaging/envelope.ts'
import type { Direction, Message, MessageId, SagaId } from '../../messaging/message.ts'
import { murmur2, partitionOf } from '../../messaging/partition.ts'
import { toMessage } from '../../orchestrator/coordinator/command-message.ts'
import type { CommandToSend } from '../../orchestrator/engine/event.ts'
import { bodyHashes } from '../../participant/body-hash.ts'
import type { Answer, StoredEvent } from '../../participant/fence.ts'
import type { Received } from '../../participant/received.ts'
import { messagesOf } from '../../participant/reply.ts'
import { refundPayment, takePayment } from '../../services/contracts/payments.ts'

const sagaId = '0199d2a4-7c00-7000-8000-0123456789ab' as SagaId
const payload = { customerId: 'Zoë', amount: 4200 }
const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
const at = (second: number) => new Date(Date.UTC(2026, 0, 15, 9, 30, second))
const partitions = 12

const contractOf = (direction: Direction) => (direction === 'do' ? takePayment : refundPayment)

function command(direction: Direction): Message {
  const id = `${sagaId}/takePayment/${direction}/1` as MessageId
  const sent: CommandToSend = {
    ...{ id, sagaId, payload, direction, step: 'takePayment', visit: 1, attempt: 1 },
    contract: contractOf(direction),
    issuedAt: at(0).getTime(),
    deadline: at(30).getTime(),
  }
  const cause = `${sagaId}/createOrder/do/1/reply` as MessageId
  return { ...toMessage(noKeys, sent, cause), traceparent }
}

/** As the kit makes them: events first, then the reply. */
function answered(direction: Direction, answer: Answer): readonly EncodedMessage[] {
  const { id } = command(direction)
  const received = {
    command: { id, sagaId, step: 'takePayment', visit: 1, attempt: 1, traceparent },
    ...{ direction, replyTo: 'sagaline.replies' },
    handler: { contract: contractOf(direction) },
  } as unknown as Received
  return messagesOf(received, answer, { service: 'payments', now: at(1) }).map(encodeMessage)
}

function textOf(record: EncodedMessage): string {
  const headers = Object.entries(record.headers).map(([name, value]) => `  ${name}: ${value}`)
  return [
    `topic: ${record.topic}`,
    `key: ${record.key}`,
    'headers:',
    ...headers,
    `value: ${record.value}`,
  ].join('\n')
}

const rowBytes = 16

function hexOf(text: string): string {
  const bytes = Buffer.from(text)
  const rows = Array.from({ length: Math.ceil(bytes.length / rowBytes) }, (_, row) => {
    const part = bytes.subarray(row * rowBytes, (row + 1) * rowBytes)
    const hex = part.toString('hex').replace(/../g, '$& ')
    return `  ${hex.padEnd(rowBytes * 3)} ${part.toString('latin1').replace(/[^\x20-\x7e]/g, '.')}`
  })
  return rows.join('\n')
}

function vectors(): string {
  const [hash] = bodyHashes(takePayment, payload, noKeys)
  const sorted = `payments.take-payment\\n{"amount":4200,"customerId":"Zoë"}`
  const again = createHash('sha256').update(sorted.replace('\\n', '\n')).digest()
  if (!again.equals(hash)) throw new Error('the page tells another hash than the kit has')
  return [
    `murmur2("${sagaId}") = ${murmur2(Buffer.from(sagaId))}`,
    `partition of ${partitions}: ${partitionOf(sagaId, partitions)}`,
    `sha256("${sorted}") =`,
    `  ${hash.toString('hex')}`,
  ].join('\n')
}

export function protocolExamples(): Readonly<Record<string, string>> {
  const { id } = command('do')
  const taken: StoredEvent = {
    ...{ id: `${id}/event/1` as MessageId, type: 'payment.taken', topic: 'payments.events' },
    ...{ key: sagaId, time: at(1).toISOString(), data: { paymentId: sagaId, amount: 4200 } },
  }
  const done = answered('do', {
    ...{ outcome: 'succeeded', data: { paymentId: sagaId }, events: [taken] },
  })
  const undone = answered('undo', { outcome: 'succeeded', data: null, events: [] })
  const message = `The command ${id} was undone before it arrived, so it is not carried out.`
  const data = { code: 'UNDONE_BEFORE_DONE', message }
  const blocked = answered('do', { outcome: 'refused', data, events: [] })
  const sent = encodeMessage(command('do'))
  const texts = (records: readonly EncodedMessage[]) => records.map(textOf)
  const [event = '', reply = ''] = texts(done)
  return {
    command: textOf(sent),
    bytes: `key:\n${hexOf(sent.key)}\nvalue:\n${hexOf(sent.value)}`,
    ...{ event, reply, undo: textOf(encodeMessage(command('undo'))) },
    ...{ 'undo-reply': texts(undone).join(), blocked: texts(blocked).join(), vectors: vectors() },
  }
}
