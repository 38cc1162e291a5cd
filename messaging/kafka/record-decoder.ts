// Reads one record of a fetch response, to the same shape as kafkajs does, without its copy of all
// headers for each header and without a long integer for each number. Put in place by
// load-kafkajs.ts.
import { NameTable } from './name-table.ts'

export type DecodedRecord = {
  readonly magicByte: number
  readonly attributes: number
  readonly timestamp: string
  readonly offset: string
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: Readonly<Record<string, HeaderValue | HeaderValue[]>>
  readonly isControlRecord: boolean
  readonly batchContext: BatchContext
}

export type HeaderValue = Buffer | null

export type BatchContext = {
  readonly firstOffset: string
  readonly firstTimestamp: string
  readonly maxTimestamp?: string
  readonly magicByte: number
  readonly isControlBatch?: boolean
  readonly timestampType?: number
}

/** kafkajs's decoder: one record's bytes, and where reading stands. */
export type ByteReader = { readonly buffer: Buffer; offset: number }

export type RecordDecoder = (decoder: ByteReader, context: BatchContext) => DecodedRecord

const logAppendTime = 1

const names = new NameTable()

export function createRecordDecoder(): RecordDecoder {
  return (decoder, context) => {
    const reader = new Reader(decoder.buffer, decoder.offset)
    const attributes = reader.byte()
    const timestampDelta = reader.varLong()
    const offsetDelta = reader.varLong()
    const key = reader.bytes()
    const value = reader.bytes()
    const headers = reader.headers()
    decoder.offset = reader.at
    return {
      magicByte: context.magicByte,
      attributes,
      timestamp: timestampOf(context, timestampDelta),
      offset: plus(context.firstOffset, offsetDelta),
      key,
      value,
      headers,
      isControlRecord: context.isControlBatch === true,
      batchContext: context,
    }
  }
}

function timestampOf(context: BatchContext, delta: number): string {
  if (context.timestampType === logAppendTime && context.maxTimestamp) return context.maxTimestamp
  return plus(context.firstTimestamp, delta)
}

function plus(base: string, delta: number): string {
  const sum = Number(base) + delta
  return Number.isSafeInteger(sum) ? String(sum) : String(BigInt(base) + BigInt(delta))
}

class Reader {
  readonly #buffer: Buffer
  at: number

  constructor(buffer: Buffer, at: number) {
    this.#buffer = buffer
    this.at = at
  }

  byte(): number {
    return this.#buffer[this.at++] ?? 0
  }

  /** Zigzag, seven bits a byte. Exact up to 2^53, far above any delta within a batch. */
  varLong(): number {
    let value = 0
    let scale = 1
    let byte = 0x80
    while (byte >= 0x80) {
      byte = this.#buffer[this.at++] ?? 0
      value += (byte & 0x7f) * scale
      scale *= 0x80
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  bytes(): Buffer | null {
    const length = this.varLong()
    if (length < 0) return null
    const start = this.at
    this.at += length
    return this.#buffer.subarray(start, this.at)
  }

  headers(): Record<string, HeaderValue | HeaderValue[]> {
    const headers: Record<string, HeaderValue | HeaderValue[]> = {}
    for (let left = this.varLong(); left > 0 && this.at < this.#buffer.length; left -= 1) {
      const name = this.#name()
      const value = this.bytes()
      const earlier = Object.hasOwn(headers, name) ? headers[name] : undefined
      if (name === '__proto__') continue
      if (earlier === undefined) headers[name] = value
      else headers[name] = Array.isArray(earlier) ? [...earlier, value] : [earlier, value]
    }
    return headers
  }

  #name(): string {
    // Less than none would lead back, and round in a circle.
    const length = Math.max(0, this.varLong())
    const start = this.at
    this.at += length
    return names.read(this.#buffer, start, this.at)
  }
}
