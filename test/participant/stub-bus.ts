// A bus in the hands of a test: it decides what is delivered together, sees each batch settle or
// fail, and reads what was published. For delivery as it really is there are the bus suite and
// the memory bus.
import { randomUUID } from 'node:crypto'
import type { Bus, IncomingRecord, OutgoingRecord } from '../../messaging/bus.ts'
import { type Cipher, noKeys } from '../../messaging/cipher.ts'
import { realClock } from '../../messaging/clock.ts'
import { decodeMessage, encodeMessage } from '../../messaging/envelope.ts'
import type { Message, MessageId, SagaId } from '../../messaging/message.ts'

export type StubBus = Bus & {
  /** Hands the messages over as one batch; resolves when it has settled. */
  deliver(...messages: readonly (Message | IncomingRecord)[]): Promise<void>
  readonly published: readonly Message[]
  /** The replies so far, as `outcome` by command id, in order. */
  replies(): readonly Message[]
  clear(): void
}

export function createStubBus(): StubBus {
  let handle: Parameters<Bus['subscribe']>[0]['handle'] | null = null
  const published: Message[] = []
  let offset = 0n
  return {
    published,
    replies: () => published.filter((message) => message.outcome !== undefined),
    clear: () => void published.splice(0),
    start: async () => undefined,
    stop: async () => undefined,
    ensureTopics: async () => undefined,
    problem: async () => null,
    lag: async () => ({}),
    edges: async () => ({}),
    publish: async (records) => {
      for (const record of records) published.push(decoded(toIncoming(record, 0n)))
    },
    subscribe: async (options) => {
      handle = options.handle
      return { stop: async () => undefined, problem: () => null }
    },
    deliver: async (...messages) => {
      if (handle === null) throw new Error('nobody subscribed')
      const records = messages.map((message) => {
        offset += 1n
        return 'value' in message ? message : toIncoming(encodeMessage(message), offset)
      })
      const { settled } = await handle(records)
      await settled
    },
  }
}

export function toIncoming(record: OutgoingRecord, offset: bigint): IncomingRecord {
  const headers = Object.entries(record.headers).map(
    ([k, v]) => [k, Buffer.from(v as string)] as const,
  )
  return {
    topic: record.topic,
    partition: 0,
    offset,
    key: record.key === null ? null : Buffer.from(record.key as string),
    value: record.value === null ? null : Buffer.from(record.value as string),
    headers: Object.fromEntries(headers),
    timestamp: realClock.now(),
  }
}

/** Published messages are looked at as anybody would find them: encrypted fields stay so. */
const asItStands: Cipher = { ...noKeys, decrypt: ($encrypted) => JSON.stringify({ $encrypted }) }

function decoded(record: IncomingRecord): Message {
  const message = decodeMessage(record, asItStands)
  if ('problem' in message) throw new Error(message.problem)
  return message
}

export const newSagaId = (): SagaId => realClock.newId() as SagaId
export const newV4 = (): string => randomUUID()

export type CommandFields = Partial<Message> & {
  readonly sagaId: SagaId
  readonly type: string
}

/** A command message with the derived id. */
export function commandMessage(fields: CommandFields): Message {
  const { sagaId, step = 'step', direction = 'do', visit = 1 } = fields
  return {
    id: `${sagaId}/${step}/${direction}/${visit}` as MessageId,
    source: 'sagaline',
    topic: 'ledger.commands',
    key: sagaId,
    data: { amount: 1 },
    step,
    direction,
    visit,
    attempt: 1,
    issuedAt: realClock.now(),
    ...fields,
  }
}
