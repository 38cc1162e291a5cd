// The entry that a lifecycle event carries, what replays it: in plain, or encrypted where the saga
// has sensitive fields. For those who read events and those who replay them.
import { type Static, Type } from 'typebox'
import { createCheck } from '../../messaging/check.ts'
import type { Cipher } from '../../messaging/cipher.ts'
import { decryptValue } from '../../messaging/encrypted-fields.ts'
import { messagingError, SagalineError } from '../../messaging/errors.ts'
import type { SagaEvent } from '../engine/event.ts'

export const EntrySchema = Type.Object({
  event: Type.Unsafe<SagaEvent>({
    type: 'object',
    properties: { type: { type: 'string' } },
    required: ['type'],
  }),
  at: Type.Number({ description: 'Milliseconds since the epoch.' }),
})

export const SealedEntrySchema = Type.Object(
  { $encrypted: Type.String() },
  { description: 'The same, encrypted, where the saga has sensitive fields.' },
)

type Entry = Readonly<Static<typeof EntrySchema>>

const checkEntry = createCheck(EntrySchema)

/** The entry in plain, or why it cannot be read. `id` is that of the event it came with. */
export function openEntry(
  { id, entry }: { readonly id: string; readonly entry: Entry | Static<typeof SealedEntrySchema> },
  cipher: Cipher,
): Entry | { readonly error: SagalineError } {
  if ('event' in entry) return entry
  try {
    return readEntry(decryptValue(cipher, entry, id)?.value)
  } catch (error) {
    if (error instanceof SagalineError) return { error }
    throw error
  }
}

function readEntry(value: unknown): Entry {
  const problem = checkEntry(value)
  if (problem === null) return value as Entry
  throw messagingError('ENCRYPTED_TEXT_INVALID', { problem: 'it holds no entry of a saga' })
}
