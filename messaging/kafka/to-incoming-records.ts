// Turns what kafkajs fetched into our records. Called for each batch of one partition.
import type { Batch, IHeaders } from 'kafkajs'
import type { IncomingRecord, RepeatedHeaders } from '../bus.ts'

const nothing = Buffer.alloc(0)

export function toIncomingRecords(batch: Batch): readonly IncomingRecord[] {
  const { topic, partition } = batch
  return batch.messages.map((message) => {
    const headers = toHeaders(message.headers)
    const record = {
      topic,
      partition,
      offset: BigInt(message.offset),
      key: message.key,
      value: message.value,
      headers,
      timestamp: new Date(Number(message.timestamp)),
    }
    return headers === message.headers ? record : { ...record, ...repeatedIn(message.headers) }
  })
}

/** The usual case needs no copy: each header once, with bytes. */
function toHeaders(headers: IHeaders | undefined): Readonly<Record<string, Buffer>> {
  if (headers === undefined) return {}
  for (const name in headers) {
    if (!Buffer.isBuffer(headers[name])) return cleaned(headers)
  }
  return headers as Readonly<Record<string, Buffer>>
}

/** Of a header that comes twice the last counts; one without a value is empty. */
function cleaned(headers: IHeaders): Readonly<Record<string, Buffer>> {
  const clean: Record<string, Buffer> = {}
  for (const [name, value] of Object.entries(headers)) {
    clean[name] = toBytes(Array.isArray(value) ? value.at(-1) : value)
  }
  return clean
}

function repeatedIn(headers: IHeaders = {}): { readonly repeated?: RepeatedHeaders } {
  const repeated = Object.entries(headers).flatMap(([name, value]) =>
    Array.isArray(value) ? [[name, value.map(toBytes)] as const] : [],
  )
  return repeated.length === 0 ? {} : { repeated: Object.fromEntries(repeated) }
}

/** kafkajs reads headers without a value, but cannot send them. */
function toBytes(value: string | Buffer | null | undefined): Buffer {
  return value === undefined || value === null ? nothing : Buffer.from(value as string)
}
