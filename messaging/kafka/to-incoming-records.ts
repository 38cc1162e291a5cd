// Turns what kafkajs fetched into our records. Called for each batch of one partition.
import type { Batch, IHeaders } from 'kafkajs'
import type { IncomingRecord } from '../bus.ts'

const nothing = Buffer.alloc(0)

export function toIncomingRecords(batch: Batch): readonly IncomingRecord[] {
  const { topic, partition } = batch
  return batch.messages.map((message) => ({
    topic,
    partition,
    offset: BigInt(message.offset),
    key: message.key,
    value: message.value,
    headers: toHeaders(message.headers),
    timestamp: new Date(Number(message.timestamp)),
  }))
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
    const last = Array.isArray(value) ? value.at(-1) : value
    clean[name] = last === undefined || last === null ? nothing : Buffer.from(last)
  }
  return clean
}
