// How much may come in from outside at once, and what may not be in it. Every door asks here.
import { mayBeEncrypted } from '../../messaging/encrypted-fields.ts'
import type { Json } from '../../messaging/message.ts'
import type { Operated, Signalled } from '../engine/event.ts'
import { orchestratorError } from '../errors.ts'

/** Of a start's input, as JSON: as many as a body has over REST. */
const inputBytesMax = 64 * 1024
/** Of a signal's data and of what stands for a reply, as JSON; a saga may keep a hundred. */
const askedBytesMax = 64 * 1024

/** @throws SAGA_INPUT_TOO_LARGE, SAGA_INPUT_INVALID. */
export function refuseLargeInput(name: string, input: Json): void {
  const { bytes, isReserved } = measure(input)
  if (bytes > inputBytesMax) {
    throw orchestratorError('SAGA_INPUT_TOO_LARGE', { name, bytes, limit: inputBytesMax })
  }
  if (isReserved) throw orchestratorError('SAGA_INPUT_INVALID', { name, problem: reserved })
}

/** @throws EVENT_TOO_LARGE, SIGNAL_INVALID, SKIP_OUTPUT_INVALID. */
export function refuseLargeEvent(event: Operated | Signalled): void {
  const data = event.type === 'signalled' ? event.data : outputOf(event)
  const { bytes, isReserved } = measure(data)
  if (bytes > askedBytesMax) {
    throw orchestratorError('EVENT_TOO_LARGE', { bytes, limit: askedBytesMax })
  }
  if (!isReserved) return
  throw event.type === 'signalled'
    ? orchestratorError('SIGNAL_INVALID', { name: event.name, problem: reserved })
    : orchestratorError('SKIP_OUTPUT_INVALID', { ...event, problem: reserved })
}

function outputOf(event: Operated): Json {
  return event.verb === 'skip' ? (event.output ?? null) : null
}

/** It would be taken for an encrypted field, and could not be read. */
const reserved = 'it holds the reserved key $encrypted'

function measure(data: Json): { readonly bytes: number; readonly isReserved: boolean } {
  const text = JSON.stringify(data) ?? 'null'
  return { bytes: Buffer.byteLength(text), isReserved: mayBeEncrypted(text) }
}
