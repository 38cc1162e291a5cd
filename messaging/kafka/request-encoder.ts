// Puts the head in front of a request byte for byte as kafkajs does, with one copy of the request
// where kafkajs makes three into buffers that grow. Put in place by load-kafkajs.ts.
import { type Encoded, encoded } from './produce-encoder.ts'

type ToEncode = {
  readonly correlationId: number
  readonly clientId: string
  readonly request: {
    readonly apiKey: number
    readonly apiVersion: number
    readonly encode: () => Promise<Pick<Encoded, 'buffer'>>
  }
}

export type RequestEncoder = (given: ToEncode) => Promise<Encoded>

const sizeBytes = 4
/** Key, version, correlation id, and the length of the client's id. */
const fixedBytes = 2 + 2 + 4 + 2

export const encodeRequest: RequestEncoder = async ({ correlationId, clientId, request }) => {
  const { buffer: body } = await request.encode()
  const idBytes = Buffer.byteLength(clientId)
  const head = sizeBytes + fixedBytes + idBytes
  const whole = Buffer.allocUnsafe(head + body.length)
  let at = whole.writeInt32BE(fixedBytes + idBytes + body.length, 0)
  at = whole.writeInt16BE(request.apiKey, at)
  at = whole.writeInt16BE(request.apiVersion, at)
  at = whole.writeInt32BE(correlationId, at)
  at = whole.writeInt16BE(idBytes, at)
  whole.write(clientId, at)
  body.copy(whole, head)
  return encoded(whole)
}
